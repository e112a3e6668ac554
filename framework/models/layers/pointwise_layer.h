// SPDX-License-Identifier: MIT
// Conv2d and ConvTranspose2d from each place to the same (1 x 1, stride 1) to few channels by the project's own kernels on a
// GPU (framework/kernels/device): a matrix product so narrow that general libraries' kernels are slow at it.
#pragma once

#include <torch/types.h>

namespace irmae::models {

struct PointwiseLayer {
  bool transposed = false;  ///< ConvTranspose2d: the weight is [inputs, outputs, 1, 1], else [outputs, inputs, 1, 1]
  torch::Tensor weight;
  torch::Tensor bias;                          ///< may be undefined
  bool after_relu = false;                     ///< as in StridedLayer
  torch::Tensor weight_place{}, bias_place{};  ///< see device_gradients.h
};

/// [batch, height, width, inputs], in one piece -> [batch, height, width, outputs]. Differentiable once: throws
/// std::logic_error otherwise.
torch::Tensor apply(const PointwiseLayer& layer, const torch::Tensor& map);

/// Whether there are kernels for such a layer now: float32, inputs a multiple of 4 and at most 1,024, at most 4 outputs.
bool pointwise_applies(const torch::Tensor& weight, bool transposed);

}  // namespace irmae::models
