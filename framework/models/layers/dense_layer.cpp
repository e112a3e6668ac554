// SPDX-License-Identifier: MIT
#include "framework/models/layers/dense_layer.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

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
                               const std::optional<torch::Tensor>&, const DenseLayer* layer) {
    const torch::Tensor& bias = layer->bias;
    const std::int64_t batch = input.size(0), inputs = input.size(1), outputs = weight.numel() / inputs;
    const torch::Tensor output = torch::empty({batch, outputs}, input.options());
    multiply({layer->transposed ? Product::nn : Product::nt, batch, outputs, inputs}, input, weight,
             {floats(bias), layer->relu, nullptr}, bias.defined() ? bias.numel() : outputs, {}, output);
    save_call(*context, *layer, input, output);
    return output;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const SavedCall call(*context, "a dense layer");
    const torch::Tensor& input = call.input;
    const bool transposed = call.transposed;
    const std::int64_t batch = input.size(0), inputs = input.size(1), outputs = call.output.size(1);
    const torch::Tensor gradient = call.masked(gradients[0]);
    variable_list results(4);
    if (call.wants_gradient(SavedCall::kInput)) {
      results[SavedCall::kInput] = torch::empty_like(input);
      multiply({transposed ? Product::nt : Product::nn, batch, inputs, outputs}, gradient, call.weight,
               {nullptr, false, call.after_relu ? floats(input) : nullptr}, inputs, {}, results[SavedCall::kInput]);
    }
    const Product product{Product::tn, transposed ? inputs : outputs, transposed ? outputs : inputs, batch};
    const torch::Tensor &first = transposed ? input : gradient, &second = transposed ? gradient : input;
    // The kernel makes the bias's too where each output has a bias of its own.
    call.put_gradients(kernels::GradientOfDense{product, floats(first), floats(second), nullptr, nullptr}, product,
                       {first, second}, results, /*with_bias=*/!transposed);
    if (transposed && call.wants_gradient(SavedCall::kBias))
      results[SavedCall::kBias] = gradient.view({-1, call.bias.numel()}).sum(0);
    return results;
  }
};

}  // namespace

torch::Tensor apply(const DenseLayer& layer, const torch::Tensor& values) {
  // A vector may be a part of longer ones.
  const torch::Tensor input = values.to(layer.weight.scalar_type()).reshape({values.size(0), -1}).contiguous();
  return apply_function<Dense>(layer, input);
}

bool dense_applies(const torch::Tensor& weight, std::int64_t batch) {
  const std::int64_t width = weight.size(0);
  return kernels::device_kernels() && batch > 0 && weight.scalar_type() == torch::kFloat32 && width % 4 == 0 &&
         weight.numel() / width % 4 == 0 && batch * weight.numel() <= kMany &&
         // Each width is that of a product's result, forward or backward.
         std::max(width, weight.numel() / width) <= kernels::kMostColumns;
}

}  // namespace irmae::models
