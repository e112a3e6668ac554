// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

namespace irmae::models {

/// map [batch, channels, height, width] + bias [channels] in the map's type, and its ReLU where `relu`. On a GPU with the
/// channels last in memory a map of float32 or bfloat16 takes one pass of the project's own kernels, and one back;
/// differentiable once there. relu_gradient_done: as in LayerCall.
torch::Tensor add_bias(const torch::Tensor& map, const torch::Tensor& bias, bool relu, bool relu_gradient_done = false);

}  // namespace irmae::models
