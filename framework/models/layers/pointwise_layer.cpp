// SPDX-License-Identifier: MIT
#include "framework/models/layers/pointwise_layer.h"

#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <stdexcept>

#include "framework/kernels/device.h"
#include "framework/models/layers/device_gradients.h"

namespace irmae::models {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

kernels::Pointwise size_of(const torch::Tensor& map, const torch::Tensor& weight, bool transposed) {
  return {map.numel() / map.size(3), map.size(3), weight.size(transposed ? 1 : 0), transposed};
}

class OnPlaces : public torch::autograd::Function<OnPlaces> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& map, const torch::Tensor& weight,
                               const std::optional<torch::Tensor>& given_bias, const PointwiseLayer* layer) {
    const torch::Tensor bias = given_bias.value_or(torch::Tensor());
    const kernels::Pointwise size = size_of(map, weight, layer->transposed);
    torch::Tensor result = torch::empty({map.size(0), map.size(1), map.size(2), size.outputs}, map.options());
    kernels::device_kernels()->pointwise(size, floats(map), floats(weight), floats(bias), floats(result));
    context->saved_data["transposed"] = layer->transposed;
    context->saved_data["after_relu"] = layer->after_relu;
    context->saved_data["weight_place"] = layer->weight_place;
    context->saved_data["bias_place"] = layer->bias_place;
    context->save_for_backward({map, weight, bias});
    return result;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    if (torch::GradMode::is_enabled())
      throw std::logic_error("second derivatives of a pointwise layer: the method must say so (second_derivatives)");
    const kernels::DeviceKernels& own = *kernels::device_kernels();
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &map = saved[0], &weight = saved[1], &bias = saved[2];
    const torch::Tensor gradient = gradients[0].contiguous();
    const kernels::Pointwise size = size_of(map, weight, context->saved_data["transposed"].toBool());
    torch::Tensor of_map, of_weight, of_bias;
    if (context->needs_input_grad(0)) of_map = torch::empty_like(map);
    if (context->needs_input_grad(1)) of_weight = gradient_target(weight, context->saved_data["weight_place"].toTensor());
    if (bias.defined() && context->needs_input_grad(2))
      of_bias = gradient_target(bias, context->saved_data["bias_place"].toTensor());
    const torch::Tensor scratch = torch::empty({own.scratch(size)}, map.options());
    own.gradients({.layer = size,
                   .map = floats(map),
                   .weight = floats(weight),
                   .gradient = floats(gradient),
                   .after_relu = context->saved_data["after_relu"].toBool(),
                   .of_map = floats(of_map),
                   .of_weight = floats(of_weight),
                   .of_bias = floats(of_bias)},
                  floats(scratch));
    const auto given = [](const torch::Tensor& made, const torch::Tensor& parameter) {
      return made.defined() && made.is_same(parameter.grad()) ? torch::Tensor() : made;
    };
    return {of_map, given(of_weight, weight), given(of_bias, bias), {}};
  }
};

}  // namespace

torch::Tensor apply(const PointwiseLayer& layer, const torch::Tensor& map) {
  return OnPlaces::apply(map, layer.weight, layer.bias.defined() ? std::optional(layer.bias) : std::nullopt, &layer);
}

bool pointwise_applies(const torch::Tensor& weight, bool transposed) {
  return kernels::device_kernels() && on_device(weight) && weight.scalar_type() == torch::kFloat32 && weight.is_contiguous() &&
         kernels::Pointwise::known(weight.size(transposed ? 0 : 1), weight.size(transposed ? 1 : 0));
}

}  // namespace irmae::models
