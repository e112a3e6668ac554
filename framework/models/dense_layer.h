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
  torch::Tensor weight_place{}, bias_place{};  ///< see gradient_target
};

/// [batch, inputs], in one piece -> [batch, outputs]. Differentiable once: throws std::logic_error otherwise.
torch::Tensor apply(const DenseLayer& layer, const torch::Tensor& input);

/// Whether there are kernels for the product now, and it is small.
bool dense_applies(const torch::Tensor& weight, std::int64_t inputs, std::int64_t outputs, std::int64_t batch);

/// Whether the tensor lies where such kernels work: on a GPU, or in a test that emulates one.
bool on_device(const torch::Tensor& tensor);

/// Where a kernel that sets the gradient of a parameter puts it: `place`, which then is the parameter's gradient, or a new
/// tensor for autograd where there is no such place or the parameter has a gradient already.
torch::Tensor gradient_target(const torch::Tensor& parameter, const torch::Tensor& place);

}  // namespace irmae::models
