// SPDX-License-Identifier: MIT
// train.precision and train.deterministic on a GPU. Weights, gradients, optimiser and all measurements are float32 (or
// float64); tf32 and bf16 are how the layers of training steps multiply.
#pragma once

#include <torch/types.h>

#include "framework/manifest/cell.h"

namespace irmae::training {

/// Of weights and images: float32 or float64.
torch::ScalarType storage_precision(const manifest::Cell& cell);

/// Sets LibTorch's switches for the whole process. Throws UsageError where the device has no such arithmetic.
void set_arithmetic(const manifest::Cell& cell, torch::Device device);

/// While it lives, layers of this thread compute in bfloat16 where the cell asks for it.
class Autocast {
 public:
  Autocast(const manifest::Cell& cell, torch::Device device);
  ~Autocast();
  Autocast(const Autocast&) = delete;

 private:
  bool on_;
};

}  // namespace irmae::training
