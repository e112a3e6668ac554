// SPDX-License-Identifier: MIT
#include "framework/training/arithmetic.h"

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <fmt/format.h>

#include "framework/models/precision.h"
#include "storage/error.h"

namespace irmae::training {

kernels::Arithmetic arithmetic_of(const manifest::Cell& cell) {
  return models::traits_of(cell).tf32 ? kernels::Arithmetic::tf32 : kernels::Arithmetic::float32;
}

void check_arithmetic(const manifest::Cell& cell, const Place& place) {
  if (place.device.is_cpu() && models::traits_of(cell).on_matrix_units())
    throw UsageError(
        fmt::format("cell {}: train.precision = \"{}\" is arithmetic of a GPU, and this rank has none: set "
                    "train.precision=float32",
                    cell.name, cell.text("train.precision")));
  // LibTorch would multiply in float32 there, without a word.
  constexpr int kTf32 = 80;
  if (models::traits_of(cell).tf32 && place.capability > 0 && place.capability < kTf32)
    throw UsageError(
        fmt::format("cell {}: train.precision = \"{}\" needs a GPU of compute capability 8.0, and this rank's has {}.{}: set "
                    "train.precision=float32",
                    cell.name, cell.text("train.precision"), place.capability / 10, place.capability % 10));
}

void set_arithmetic(const manifest::Cell& cell, const Place& place) {
  check_arithmetic(cell, place);
  if (place.device.is_cpu()) return;
  const bool tf32 = arithmetic_of(cell) == kernels::Arithmetic::tf32;
  at::Context& context = at::globalContext();
  context.setAllowTF32CuBLAS(tf32);
  context.setAllowTF32CuDNN(tf32);  // on by default in LibTorch
  const bool deterministic = cell.flag("train.deterministic");
  context.setDeterministicCuDNN(deterministic);
  context.setDeterministicAlgorithms(deterministic, /*warn_only=*/true);
  context.setDeterministicFillUninitializedMemory(false);  // a pass over every new tensor, against what nobody reads
  // cuDNN waits for the whole device to time its kernels, which ends what another lane records at that moment.
  context.setBenchmarkCuDNN(!deterministic && !place.shared);
}

StepArithmetic::StepArithmetic(const manifest::Cell& cell, torch::Device device)
    : own_(arithmetic_of(cell)), device_(device.type()), autocast_(models::traits_of(cell).autocast && !device.is_cpu()) {
  if (!autocast_) return;
  at::autocast::set_autocast_dtype(device_, torch::kBFloat16);
  at::autocast::set_autocast_cache_enabled(false);  // cast weights change with every step, and a recording repeats the casts
  at::autocast::set_autocast_enabled(device_, true);
}

StepArithmetic::~StepArithmetic() {
  if (autocast_) at::autocast::set_autocast_enabled(device_, false);
}

}  // namespace irmae::training
