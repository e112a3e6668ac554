// SPDX-License-Identifier: MIT
#include "framework/training/optimizer.h"

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>

namespace irmae::training {

Adam::Adam(const manifest::Cell& cell, torch::Tensor values, torch::Tensor gradients)
    : decoupled_(cell.text("train.optimizer") == "adamw"),
      rate_(cell.real("train.learning_rate")),
      beta1_(cell.real("train.beta1")),
      beta2_(cell.real("train.beta2")),
      epsilon_(cell.real("train.epsilon")),
      decay_(cell.real("train.weight_decay")),
      values_(std::move(values)),
      gradients_(std::move(gradients)),
      first_(torch::zeros_like(values_)),
      second_(torch::zeros_like(values_)),
      count_(torch::zeros({}, values_.options().dtype(torch::kFloat32))) {}

void Adam::step() {
  const torch::NoGradGuard no_grad;
  count_ += 1;
  const auto update = [&](auto&& fused) {
    fused(values_, gradients_, first_, second_, at::TensorList{}, count_, rate_, beta1_, beta2_, decay_, epsilon_,
          /*amsgrad=*/false, /*maximize=*/false, c10::nullopt, c10::nullopt);
  };
  if (decoupled_)
    update([](auto&&... arguments) { at::_fused_adamw_(arguments...); });
  else
    update([](auto&&... arguments) { at::_fused_adam_(arguments...); });
}

}  // namespace irmae::training
