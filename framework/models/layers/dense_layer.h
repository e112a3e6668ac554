// SPDX-License-Identifier: MIT
// A matrix product with its bias and ReLU by the project's own kernels on a GPU (framework/kernels/device): for products so
// small that the time between operations is most of what they take.
#pragma once

#include "framework/models/layers/layer_call.h"

namespace irmae::models {

/// The weight is in one piece of memory, a matrix of its first dimension and all others. Bias: [channels], for output %
/// channels.
struct DenseLayer : LayerCall {};

/// Values [batch, ...] of any type, `inputs` of a sample -> [batch, outputs]. Differentiable once: throws std::logic_error
/// otherwise.
torch::Tensor apply(const DenseLayer& layer, const torch::Tensor& values);

/// Whether there are kernels for the product with such a weight now, and it is small: float32, widths that are multiples of 4
/// and at most kernels::kMostColumns, at most 2^31 multiplications.
bool dense_applies(const torch::Tensor& weight, std::int64_t batch);

}  // namespace irmae::models
