// SPDX-License-Identifier: MIT
#include "framework/models/layers/pointwise_layer.h"

#include <torch/csrc/autograd/custom_function.h>

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
                               const std::optional<torch::Tensor>&, const PointwiseLayer* layer) {
    const kernels::Pointwise size = size_of(map, weight, layer->transposed);
    torch::Tensor result = torch::empty({map.size(0), map.size(1), map.size(2), size.outputs}, map.options());
    kernels::device_kernels()->pointwise(size, floats(map), floats(weight), floats(layer->bias), floats(result));
    save_call(*context, *layer, map, /*output=*/{});
    return result;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const SavedCall call(*context, "a pointwise layer");
    const kernels::DeviceKernels& own = *kernels::device_kernels();
    const torch::Tensor &map = call.input, gradient = gradients[0].contiguous();
    const kernels::Pointwise size = size_of(map, call.weight, call.transposed);
    torch::Tensor of_map;
    if (call.wants_gradient(SavedCall::kInput)) of_map = torch::empty_like(map);
    const torch::Tensor of_weight = call.weight_target(), of_bias = call.bias_target();
    const torch::Tensor scratch = torch::empty({own.scratch(size)}, map.options());
    own.gradients({.layer = size,
                   .map = floats(map),
                   .weight = floats(call.weight),
                   .gradient = floats(gradient),
                   .after_relu = call.after_relu,
                   .of_map = floats(of_map),
                   .of_weight = floats(of_weight),
                   .of_bias = floats(of_bias)},
                  floats(scratch));
    return {of_map, for_autograd(call.weight, of_weight), for_autograd(call.bias, of_bias), {}};
  }
};

}  // namespace

torch::Tensor apply(const PointwiseLayer& layer, const torch::Tensor& map) { return apply_function<OnPlaces>(layer, map); }

bool pointwise_applies(const torch::Tensor& weight, bool transposed) {
  return kernels::device_kernels() && on_device(weight) && weight.scalar_type() == torch::kFloat32 && weight.is_contiguous() &&
         kernels::Pointwise::known(weight.size(transposed ? 0 : 1), weight.size(transposed ? 1 : 0));
}

}  // namespace irmae::models
