// SPDX-License-Identifier: MIT
#include "framework/models/layers/bias.h"

#include <torch/csrc/autograd/custom_function.h>

#include "framework/models/layers/layer_call.h"

namespace irmae::models {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool has_channels_last(const torch::Tensor& map) { return map.is_contiguous(at::MemoryFormat::ChannelsLast); }
bool is_bfloat16(const torch::Tensor& map) { return map.scalar_type() == torch::kBFloat16; }
std::int64_t places(const torch::Tensor& map) { return map.numel() / map.size(1); }

class BiasOnDevice : public torch::autograd::Function<BiasOnDevice> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& map, const torch::Tensor& bias, bool relu,
                               bool relu_gradient_done) {
    torch::Tensor result = torch::empty_like(map);
    kernels::device_kernels()->add_bias(map.data_ptr(), bias.data_ptr<float>(), result.data_ptr(), places(map), map.size(1),
                                        relu, is_bfloat16(map));
    save_call(*context, {.relu = relu, .relu_gradient_done = relu_gradient_done}, /*input=*/{}, result);
    return result;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const SavedCall call(*context, "a bias on a GPU");
    const kernels::DeviceKernels& own = *kernels::device_kernels();
    const torch::Tensor& result = call.output;
    const torch::Tensor gradient = gradients[0].to(result.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    const bool mask = call.masks();
    const torch::TensorOptions numbers = result.options().dtype(torch::kFloat32);
    torch::Tensor of_bias = torch::empty({result.size(1)}, numbers), passed = mask ? torch::empty_like(result) : gradient;
    const torch::Tensor scratch = torch::empty({own.bias_scratch(places(result), result.size(1))}, numbers);
    own.bias_gradient(gradient.data_ptr(), mask ? result.data_ptr() : nullptr, mask ? passed.data_ptr() : nullptr,
                      of_bias.data_ptr<float>(), places(result), result.size(1), is_bfloat16(result),
                      scratch.data_ptr<float>());
    return {passed, of_bias, {}, {}};
  }
};

bool own_kernels_add(const torch::Tensor& map, const torch::Tensor& bias) {
  return kernels::device_kernels() && on_device(map) && has_channels_last(map) && map.size(1) % 4 == 0 &&
         bias.scalar_type() == torch::kFloat32 && (map.scalar_type() == torch::kFloat32 || is_bfloat16(map)) && map.numel() > 0;
}

}  // namespace

torch::Tensor add_bias(const torch::Tensor& map, const torch::Tensor& bias, bool relu, bool relu_gradient_done) {
  if (own_kernels_add(map, bias)) return BiasOnDevice::apply(map, bias, relu, relu_gradient_done);
  const torch::Tensor sum = map + bias.to(map.scalar_type()).view({-1, 1, 1});
  return relu ? torch::relu(sum) : sum;
}

}  // namespace irmae::models
