// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

namespace irmae::models {

/// The sum of (decoded - images)^2 / divisor, of two tensors of one shape: a 0-dimensional tensor. Differentiable by `decoded`;
/// by the project's own kernels on a GPU once, where a second derivative throws std::logic_error.
torch::Tensor squared_error(const torch::Tensor& decoded, const torch::Tensor& images, double divisor);

}  // namespace irmae::models
