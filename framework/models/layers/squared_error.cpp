// SPDX-License-Identifier: MIT
#include "framework/models/layers/squared_error.h"

#include <ATen/ops/mse_loss.h>
#include <torch/csrc/autograd/custom_function.h>

#include "framework/models/layers/layer_call.h"

namespace irmae::models {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

class SquaredErrorOnDevice : public torch::autograd::Function<SquaredErrorOnDevice> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& decoded, const torch::Tensor& images,
                               double divisor) {
    const torch::Tensor result = torch::empty({}, decoded.options()),
                        scratch = torch::empty({kernels::DeviceKernels::kErrorBlocks}, decoded.options());
    kernels::device_kernels()->squared_error(decoded.data_ptr<float>(), images.data_ptr<float>(), decoded.numel(),
                                             static_cast<float>(1 / divisor), result.data_ptr<float>(),
                                             scratch.data_ptr<float>());
    context->save_for_backward({decoded, images});
    context->saved_data["divisor"] = divisor;
    return result;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    refuse_second_derivatives("the squared error");
    const variable_list saved = context->get_saved_variables();
    torch::Tensor gradient = torch::empty_like(saved[0]);
    kernels::device_kernels()->squared_error_gradient(saved[0].data_ptr<float>(), saved[1].data_ptr<float>(), saved[0].numel(),
                                                      static_cast<float>(1 / context->saved_data["divisor"].toDouble()),
                                                      gradients[0].data_ptr<float>(), gradient.data_ptr<float>());
    return {gradient, {}, {}};
  }
};

/// In memory element for element: how far apart the elements of a dimension are means nothing where it has one.
bool lie_alike(const torch::Tensor& a, const torch::Tensor& b) {
  if (a.sizes() != b.sizes()) return false;
  for (std::int64_t i = 0; i < a.dim(); ++i)
    if (a.size(i) > 1 && a.stride(i) != b.stride(i)) return false;
  return a.is_non_overlapping_and_dense();
}

bool own_kernels_measure(const torch::Tensor& decoded, const torch::Tensor& images) {
  return kernels::device_kernels() && on_device(decoded) && decoded.scalar_type() == torch::kFloat32 &&
         images.scalar_type() == torch::kFloat32 && lie_alike(decoded, images) && !images.requires_grad() &&
         decoded.numel() > 0;
}

}  // namespace

torch::Tensor squared_error(const torch::Tensor& decoded, const torch::Tensor& images, double divisor) {
  if (own_kernels_measure(decoded, images)) return SquaredErrorOnDevice::apply(decoded, images, divisor);
  return at::mse_loss(decoded, images, at::Reduction::Sum) / divisor;
}

}  // namespace irmae::models
