// SPDX-License-Identifier: MIT
// A matrix product with its bias and ReLU by the project's own kernels on a GPU (framework/kernels/device): for products so
// small that the time between operations is most of what they take.
#pragma once

#include <torch/types.h>

namespace irmae::models {

struct DenseLayer {
  bool transposed = false;  ///< the weight's memory is [inputs, outputs], else [outputs, inputs]
  std::int64_t inputs = 0, outputs = 0;
  torch::Tensor weight;  ///< of any shape, in one piece of memory
  torch::Tensor bias;    ///< [channels], for output % channels; may be undefined
  /// As in StridedLayer.
  bool relu = false, relu_gradient_done = false, after_relu = false;
  torch::Tensor weight_place{}, bias_place{};  ///< see device_gradients.h
};

/// [batch, inputs], in one piece -> [batch, outputs]. Differentiable once: throws std::logic_error otherwise.
torch::Tensor apply(const DenseLayer& layer, const torch::Tensor& input);

/// Whether there are kernels for the product now, and it is small: float32, widths that are multiples of 4, at most 2^31
/// multiplications.
bool dense_applies(const torch::Tensor& weight, std::int64_t inputs, std::int64_t outputs, std::int64_t batch);

}  // namespace irmae::models
