// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/types.h>

#include <vector>

namespace irmae::classification {

/// Adam (Kingma and Ba 2015, algorithm 1; beta 0.9 and 0.999, epsilon 1e-8) in one call of LibTorch's fused kernel, where
/// torch::optim::Adam calls a dozen small ones for each parameter: with a classifier this small, they take longer than its
/// gradients.
class FusedAdam {
 public:
  /// Trains `parameters` with this learning rate. They lie without gaps, on one device, and have one type of numbers; those
  /// that never get a gradient stay as they are.
  FusedAdam(const std::vector<torch::Tensor>& parameters, double rate) : rate_(rate) {
    for (const torch::Tensor& parameter : parameters)
      states_.push_back({parameter, at::zeros_like(parameter), at::zeros_like(parameter),
                         at::zeros({}, parameter.options().dtype(torch::kFloat32).requires_grad(false))});
  }

  /// Takes the gradients away from the parameters. To be called before each backward pass.
  void forget_gradients() {
    for (State& state : states_) state.parameter.mutable_grad().reset();
  }

  /// One step along the gradients that the parameters have now.
  void update() {
    const torch::NoGradGuard no_grad;
    std::vector<torch::Tensor> parameters, gradients, first, second, steps;
    for (State& state : states_) {
      if (!state.parameter.grad().defined()) continue;
      state.step.add_(1);
      parameters.push_back(state.parameter);
      gradients.push_back(in_layout_of(state.parameter));
      first.push_back(state.first);
      second.push_back(state.second);
      steps.push_back(state.step);
    }
    if (parameters.empty()) return;
    at::_fused_adam_(parameters, gradients, first, second, /*max_exp_avg_sqs=*/{}, steps, rate_, /*beta1=*/0.9,
                     /*beta2=*/0.999, /*weight_decay=*/0, /*eps=*/1e-8, /*amsgrad=*/false, /*maximize=*/false);
  }

 private:
  /// The gradient of a parameter, laid out in memory as the parameter is: the kernel goes through memory, whatever order of
  /// axes lies there.
  static torch::Tensor in_layout_of(const torch::Tensor& parameter) {
    const torch::Tensor& gradient = parameter.grad();
    if (gradient.strides() == parameter.strides()) return gradient;
    return at::empty_like(parameter).copy_(gradient);
  }

  struct State {
    torch::Tensor parameter, first, second;  ///< and the moments of its gradient
    torch::Tensor step;                      ///< float32 [], where the kernel looks for it
  };
  std::vector<State> states_;
  double rate_;
};

}  // namespace irmae::classification
