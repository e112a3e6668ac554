// SPDX-License-Identifier: MIT
// What layers by the project's own kernels have in common: what they are told, what of it goes from an autograd function's
// forward to its backward, and how the gradients of their parameters reach autograd.
#pragma once

#include <torch/types.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "framework/kernels/device.h"
#include "framework/models/layers/device_gradients.h"

namespace torch::autograd {
struct AutogradContext;
}

namespace irmae::models {

/// One layer with what it knows of its neighbours.
struct LayerCall {
  bool transposed = false;  ///< the weight is [inputs, outputs, ...], as ConvTranspose2d's, else [outputs, inputs, ...]
  torch::Tensor weight{};
  torch::Tensor bias{};  ///< may be undefined
  bool relu = false;     ///< a ReLU follows
  /// The layer behind it applies the ReLU's gradient: what comes back is zero where the ReLU's result is.
  bool relu_gradient_done = false;
  /// The input is a ReLU's result, and its gradient is this layer's business.
  bool after_relu = false;
  torch::Tensor weight_view{}, bias_view{};  ///< on a GPU, see gradient_target
};

/// The result of an autograd function of (input, weight, bias, layer), for which a bias that is undefined is no tensor.
template <class Function, class Layer>
torch::Tensor apply_function(const Layer& layer, const torch::Tensor& input) {
  return Function::apply(input, layer.weight, layer.bias.defined() ? std::optional(layer.bias) : std::nullopt, &layer);
}

/// In such a function's forward. Tensors that its backward does not read may be undefined.
void save_call(torch::autograd::AutogradContext& context, const LayerCall& call, const torch::Tensor& input,
               const torch::Tensor& output);

/// In a function's backward: throws std::logic_error where gradients of gradients are prepared.
void refuse_second_derivatives(const std::string& what);

/// What autograd gets of a parameter's gradient: nothing where it is the parameter's already, or where there is none.
torch::Tensor for_autograd(const torch::Tensor& parameter, const torch::Tensor& gradient);

/// In backward, the call as it was saved. While it lives, this thread multiplies as forward did, on whichever thread that ran.
struct SavedCall : LayerCall {
  /// Of the function, and places of the gradients that backward returns.
  enum Operand : std::size_t { kInput, kWeight, kBias };

  /// what: see refuse_second_derivatives.
  SavedCall(const torch::autograd::AutogradContext& context, const std::string& what);

  bool wants_gradient(Operand of) const;
  /// Whether a ReLU follows whose gradient no other layer applies.
  bool masks() const { return relu && !relu_gradient_done; }
  /// The gradient of what comes before that ReLU, in one piece of memory.
  torch::Tensor masked(const torch::Tensor& gradient) const;

  /// Where a GPU's kernel puts the parameters' gradients; undefined where nobody wants them.
  torch::Tensor weight_target() const {
    return wants_gradient(kWeight) ? gradient_target(weight, weight_view) : torch::Tensor();
  }
  torch::Tensor bias_target() const { return wants_gradient(kBias) ? gradient_target(bias, bias_view) : torch::Tensor(); }

  /// Has one kernel of a GPU set both parameters' gradients, or not the bias's, and puts what autograd gets of them into
  /// `results`. gradient: GradientOfStrided or GradientOfDense but for where they go; size, operands: as in put_gradient.
  /// Throws std::logic_error where the bias's is wanted and the weight's is not.
  template <class Gradient, class Size>
  void put_gradients(Gradient gradient, const Size& size, std::vector<torch::Tensor> operands,
                     std::vector<torch::Tensor>& results, bool with_bias = true) const {
    const torch::Tensor of_weight = weight_target(), of_bias = with_bias ? bias_target() : torch::Tensor();
    if (!of_weight.defined() && of_bias.defined())
      throw std::logic_error("a layer on a GPU with a fixed weight and a bias that is not: fix both, or none");
    if (!of_weight.defined()) return;
    results[kWeight] = for_autograd(weight, of_weight), results[kBias] = for_autograd(bias, of_bias);
    gradient.weight = floats(of_weight), gradient.bias = floats(of_bias);
    operands.insert(operands.end(), {of_weight, of_bias});
    put_gradient(gradient, size, /*in_place=*/!results[kWeight].defined() && !results[kBias].defined(), std::move(operands));
  }

  torch::Tensor input, output;

 private:
  const torch::autograd::AutogradContext& context_;
  kernels::Multiplying as_forward_;
};

}  // namespace irmae::models
