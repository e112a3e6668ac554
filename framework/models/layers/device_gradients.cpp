// SPDX-License-Identifier: MIT
#include "framework/models/layers/device_gradients.h"

namespace irmae::models {

bool on_device(const torch::Tensor& tensor) { return !tensor.is_cpu() || kernels::device_kernels_emulated(); }

torch::Tensor gradient_target(const torch::Tensor& parameter, const torch::Tensor& view) {
  if (!view.defined() || parameter.grad().defined() || view.strides() != parameter.strides())
    return torch::empty_like(parameter.detach());
  parameter.mutable_grad() = view;
  return view;
}

}  // namespace irmae::models
