// SPDX-License-Identifier: MIT
#include "framework/cost/threads.h"

#include <algorithm>

#include "framework/cost/layers.h"
#include "storage/system/environment.h"
#include "storage/text/number_in.h"

namespace irmae::cost {

int threads_of(const manifest::Cell& cell, int cores) {
  if (const auto wanted = static_cast<int>(cell.integer("train.threads")); wanted > 0) return wanted;
  const auto usual = storage::number_in<int>(storage::environment_variable("OMP_NUM_THREADS"));
  return usual && *usual > 0 ? *usual : std::max(1, cores);
}

int threads_of(const manifest::Cell& cell, const models::Shape& shape, int cores) {
  if (cores <= 1) return threads_of(cell, 1);
  const double step = training_flops(layers_of(cell, shape)) * static_cast<double>(cell.integer("train.batch"));
  return threads_of(cell, step < kFewOperations ? 1 : cores);
}

}  // namespace irmae::cost
