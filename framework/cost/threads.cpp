// SPDX-License-Identifier: MIT
#include "framework/cost/threads.h"

#include "framework/cost/layers.h"
#include "storage/system/environment.h"
#include "storage/text/whole_number.h"

namespace irmae::cost {

int threads_of(const manifest::Cell& cell, const models::Shape& shape, int cores) {
  if (const auto wanted = static_cast<int>(cell.integer("train.threads")); wanted > 0) return wanted;
  const auto usual = storage::whole_number<int>(storage::environment_variable("OMP_NUM_THREADS"));
  if (usual && *usual > 0) return *usual;
  if (cores <= 1) return 1;
  const double step = training_flops(layers_of(cell, shape)) * static_cast<double>(cell.integer("train.batch"));
  return step < kFewOperations ? 1 : cores;
}

}  // namespace irmae::cost
