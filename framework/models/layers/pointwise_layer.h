// SPDX-License-Identifier: MIT
// Conv2d and ConvTranspose2d from each place to the same (1 x 1, stride 1) to few channels by the project's own kernels on a
// GPU (framework/kernels/device): a matrix product so narrow that general libraries' kernels are slow at it.
#pragma once

#include "framework/models/layers/layer_call.h"

namespace irmae::models {

/// Its `relu` is of no effect: such layers are the last ones.
struct PointwiseLayer : LayerCall {};

/// [batch, height, width, inputs], in one piece -> [batch, height, width, outputs]. Differentiable once: throws
/// std::logic_error otherwise.
torch::Tensor apply(const PointwiseLayer& layer, const torch::Tensor& map);

/// Whether there are kernels for such a layer now: float32, inputs a multiple of 4 and at most 1,024, at most 4 outputs.
bool pointwise_applies(const torch::Tensor& weight, bool transposed);

}  // namespace irmae::models
