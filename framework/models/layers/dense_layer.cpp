// SPDX-License-Identifier: MIT
#include "framework/models/layers/dense_layer.h"

#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <stdexcept>

#include "framework/kernels/device.h"
#include "framework/models/layers/device_gradients.h"

namespace irmae::models {

namespace {

using kernels::Epilogue;
using kernels::Product;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Multiplications from which on a general library's kernels are the faster ones.
constexpr std::int64_t kMany = std::int64_t{1} << 31;

void multiply(const Product& product, const torch::Tensor& first, const torch::Tensor& second, const Epilogue<float>& finish,
              std::int64_t channels, const torch::Tensor& sums, const torch::Tensor& result) {
  const kernels::DeviceKernels& own = *kernels::device_kernels();
  const torch::Tensor scratch = torch::empty({own.scratch(product)}, first.options());
  own.multiply(product, floats(first), floats(second), finish, channels, floats(sums), floats(result), floats(scratch));
}

class Dense : public torch::autograd::Function<Dense> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& input, const torch::Tensor& weight,
                               const std::optional<torch::Tensor>& given_bias, const DenseLayer* layer) {
    const torch::Tensor bias = given_bias.value_or(torch::Tensor());
    const std::int64_t batch = input.size(0);
    const torch::Tensor output = torch::empty({batch, layer->outputs}, input.options());
    multiply({layer->transposed ? Product::nn : Product::nt, batch, layer->outputs, layer->inputs}, input, weight,
             {floats(bias), layer->relu, nullptr}, bias.defined() ? bias.numel() : layer->outputs, {}, output);
    context->saved_data["arithmetic"] = static_cast<std::int64_t>(kernels::Multiplying::now());
    context->saved_data["transposed"] = layer->transposed;
    context->saved_data["mask"] = layer->relu && !layer->relu_gradient_done;
    context->saved_data["after_relu"] = layer->after_relu;
    context->saved_data["weight_place"] = layer->weight_place;
    context->saved_data["bias_place"] = layer->bias_place;
    context->save_for_backward({input, weight, bias, output});
    return output;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    if (torch::GradMode::is_enabled())
      throw std::logic_error("second derivatives of a dense layer: the method must say so (second_derivatives)");
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &input = saved[0], &weight = saved[1], &bias = saved[2], &output = saved[3];
    const kernels::Multiplying as_before(static_cast<kernels::Arithmetic>(context->saved_data["arithmetic"].toInt()));
    const bool transposed = context->saved_data["transposed"].toBool();
    const std::int64_t batch = input.size(0), inputs = input.size(1), outputs = output.size(1);
    torch::Tensor gradient = gradients[0].contiguous();
    if (context->saved_data["mask"].toBool()) gradient = at::threshold_backward(gradient, output, 0);
    variable_list results(4);
    if (context->needs_input_grad(0)) {
      results[0] = torch::empty_like(input);
      multiply({transposed ? Product::nt : Product::nn, batch, inputs, outputs}, gradient, weight,
               {nullptr, false, context->saved_data["after_relu"].toBool() ? floats(input) : nullptr}, inputs, {}, results[0]);
    }
    const auto give = [&](int place, const torch::Tensor& parameter, const torch::Tensor& made) {
      if (!made.is_same(parameter.grad())) results[static_cast<std::size_t>(place)] = made;
    };
    const bool wants_bias = bias.defined() && context->needs_input_grad(2);
    torch::Tensor of_bias;  // by the kernel, where each output has a bias of its own
    if (wants_bias && !transposed) of_bias = gradient_target(bias, context->saved_data["bias_place"].toTensor());
    if (context->needs_input_grad(1)) {
      const torch::Tensor of_weight = gradient_target(weight, context->saved_data["weight_place"].toTensor());
      const bool in_place = of_weight.is_same(weight.grad()) && (!of_bias.defined() || of_bias.is_same(bias.grad()));
      const Product product{Product::tn, transposed ? inputs : outputs, transposed ? outputs : inputs, batch};
      const torch::Tensor &first = transposed ? input : gradient, &second = transposed ? gradient : input;
      put_gradient(kernels::GradientOfDense{product, floats(first), floats(second), floats(of_weight), floats(of_bias)},
                   product, in_place, {first, second, of_weight, of_bias});
      give(1, weight, of_weight);
    } else if (of_bias.defined()) {
      throw std::logic_error("a dense layer with a bias and a fixed weight");
    }
    if (of_bias.defined()) give(2, bias, of_bias);
    if (wants_bias && transposed) results[2] = gradient.view({-1, bias.numel()}).sum(0);
    return results;
  }
};

}  // namespace

torch::Tensor apply(const DenseLayer& layer, const torch::Tensor& input) {
  return Dense::apply(input, layer.weight, layer.bias.defined() ? std::optional(layer.bias) : std::nullopt, &layer);
}

bool dense_applies(const torch::Tensor& weight, std::int64_t inputs, std::int64_t outputs, std::int64_t batch) {
  return kernels::device_kernels() && batch > 0 && weight.scalar_type() == torch::kFloat32 && inputs % 4 == 0 &&
         outputs % 4 == 0 && batch * inputs * outputs <= kMany;
}

}  // namespace irmae::models
