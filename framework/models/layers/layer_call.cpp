// SPDX-License-Identifier: MIT
#include "framework/models/layers/layer_call.h"

#include <fmt/format.h>
#include <torch/csrc/autograd/custom_function.h>

namespace irmae::models {

void save_call(torch::autograd::AutogradContext& context, const LayerCall& call, const torch::Tensor& input,
               const torch::Tensor& output) {
  auto& data = context.saved_data;
  data["arithmetic"] = static_cast<std::int64_t>(kernels::Multiplying::now());
  data["transposed"] = call.transposed;
  data["relu"] = call.relu;
  data["relu_gradient_done"] = call.relu_gradient_done;
  data["after_relu"] = call.after_relu;
  data["weight_view"] = call.weight_view;
  data["bias_view"] = call.bias_view;
  context.save_for_backward({input, call.weight, call.bias, output});
}

void refuse_second_derivatives(const std::string& what) {
  if (torch::GradMode::is_enabled())
    throw std::logic_error(fmt::format(
        "second derivatives of {}: the method must say so (second_derivatives), or IRMAE_KERNELS=libtorch be set", what));
}

torch::Tensor for_autograd(const torch::Tensor& parameter, const torch::Tensor& gradient) {
  return gradient.defined() && gradient.is_same(parameter.grad()) ? torch::Tensor() : gradient;
}

SavedCall::SavedCall(const torch::autograd::AutogradContext& context, const std::string& what)
    : context_(context), as_forward_(static_cast<kernels::Arithmetic>(context.saved_data.at("arithmetic").toInt())) {
  refuse_second_derivatives(what);
  const auto& data = context.saved_data;
  transposed = data.at("transposed").toBool();
  relu = data.at("relu").toBool();
  relu_gradient_done = data.at("relu_gradient_done").toBool();
  after_relu = data.at("after_relu").toBool();
  weight_view = data.at("weight_view").toTensor();
  bias_view = data.at("bias_view").toTensor();
  const std::vector<torch::Tensor> saved = context.get_saved_variables();
  input = saved[0], weight = saved[1], bias = saved[2], output = saved[3];
}

bool SavedCall::wants_gradient(Operand of) const { return (of != kBias || bias.defined()) && context_.needs_input_grad(of); }

torch::Tensor SavedCall::masked(const torch::Tensor& gradient) const {
  const torch::Tensor whole = gradient.contiguous();
  return masks() ? at::threshold_backward(whole, output, 0) : whole;
}

}  // namespace irmae::models
