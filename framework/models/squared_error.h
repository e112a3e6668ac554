// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

namespace irmae::models {

/// The sum of (decoded - images)^2 / divisor: a scalar. Differentiable by `decoded`; on a GPU, by the project's own kernels,
/// once.
torch::Tensor squared_error(const torch::Tensor& decoded, const torch::Tensor& images, double divisor);

}  // namespace irmae::models
