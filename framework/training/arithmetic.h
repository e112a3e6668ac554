// SPDX-License-Identifier: MIT
// train.precision and train.deterministic on a GPU. Weights, gradients and optimiser are float32 (or float64); tf32 and
// bf16 are how the layers of training steps multiply, and tf32 also how LibTorch's layers do when a model is measured.
#pragma once

#include <torch/types.h>

#include "framework/kernels/device.h"
#include "framework/manifest/cell.h"
#include "framework/training/place.h"

namespace irmae::training {

/// The arithmetic of the products in a cell's training steps, where the project's own kernels make them.
kernels::Arithmetic arithmetic_of(const manifest::Cell& cell);

/// Checks that the place has the arithmetic that the cell asks for. Throws UsageError where it does not.
void check_arithmetic(const manifest::Cell& cell, const Place& place);

/// Sets LibTorch's switches for the cell's arithmetic, for the whole process. Throws UsageError where the device has no such
/// arithmetic.
void set_arithmetic(const manifest::Cell& cell, const Place& place);

/// While it lives, layers of this thread multiply as the cell's training steps do.
class StepArithmetic {
 public:
  StepArithmetic(const manifest::Cell& cell, torch::Device device);
  ~StepArithmetic();
  StepArithmetic(const StepArithmetic&) = delete;

 private:
  kernels::Multiplying own_;
  torch::DeviceType device_;
  bool autocast_;
};

}  // namespace irmae::training
