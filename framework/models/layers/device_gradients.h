// SPDX-License-Identifier: MIT
// The gradients of a layer's parameters, made by the project's own kernels on a GPU: where they belong, and together with
// others' where nobody needs them before the step's end.
#pragma once

#include <torch/types.h>

#include <memory>
#include <vector>

#include "framework/kernels/device.h"

namespace irmae::models {

/// Whether the tensor lies where such kernels work: on a GPU, or in a test that emulates one.
bool on_device(const torch::Tensor& tensor);

/// For such kernels; null for an undefined tensor.
inline float* floats(const torch::Tensor& tensor) { return tensor.defined() ? tensor.data_ptr<float>() : nullptr; }

/// Where a kernel that sets the gradient of a parameter puts it: `view`, its view of the buffer, which then is the
/// parameter's gradient, or a new tensor for autograd where there is no such view or the parameter has a gradient already.
torch::Tensor gradient_target(const torch::Tensor& parameter, const torch::Tensor& view);

/// Queues the kernels' work. in_place: its results are the parameters' gradients. kept: operands and results, which must live
/// until it is done. Size: Pair or Product.
template <class Gradient, class Size>
void put_gradient(const Gradient& gradient, const Size& size, bool in_place, std::vector<torch::Tensor> kept) {
  const kernels::DeviceKernels& own = *kernels::device_kernels();
  const auto room = [&](std::int64_t elements) { return torch::empty({elements}, kept.front().options()); };
  if (const std::int64_t wanted = own.scratch_later(size); in_place && wanted >= 0) {
    const torch::Tensor scratch = room(wanted);
    kept.push_back(scratch);
    own.later(gradient, scratch.data_ptr<float>(), std::make_shared<std::vector<torch::Tensor>>(std::move(kept)));
    return;
  }
  own.join();  // it may be the second one of a parameter
  own.now(gradient, room(own.scratch_now(size)).template data_ptr<float>());
}

}  // namespace irmae::models
