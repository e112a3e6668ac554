// SPDX-License-Identifier: MIT
#include "framework/training/optimizer.h"

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>

#include "framework/kernels/functions.h"
#include "framework/models/layers/device_gradients.h"
#include "framework/parallel.h"

namespace irmae::training {

using Piece = distributed::GradientBuffer::Piece;

Adam::Adam(const manifest::Cell& cell, torch::Tensor values, torch::Tensor gradients, std::optional<Together> together)
    : decoupled_(cell.text("train.optimizer") == "adamw"),
      rate_(cell.real("train.learning_rate")),
      beta1_(cell.real("train.beta1")),
      beta2_(cell.real("train.beta2")),
      epsilon_(cell.real("train.epsilon")),
      decay_(cell.real("train.weight_decay")),
      together_(together ? *std::move(together)
                         : Together{torch::zeros_like(values), torch::zeros_like(values), {0, values.numel()}, {}}),
      all_gradients_(std::move(gradients)),
      values_(mine(values)),
      gradients_(mine(all_gradients_)),
      first_(mine(together_.first_moment)),
      second_(mine(together_.second_moment)),
      own_(own_kernels(values_)),
      count_(torch::zeros({}, values_.options().dtype(torch::kFloat32))) {}

torch::Tensor Adam::mine(const torch::Tensor& all) const {
  return all.narrow(0, together_.mine.first, together_.mine.last - together_.mine.first);
}

const kernels::DeviceKernels* Adam::own_kernels(const torch::Tensor& values) {
  return values.scalar_type() == torch::kFloat32 && models::on_device(values) ? kernels::device_kernels() : nullptr;
}

void Adam::begin_update() {
  const torch::NoGradGuard no_grad;
  count_ += 1;
}

void Adam::update_part(const std::vector<Piece>& gradients) {
  std::vector<kernels::PieceOfGradients> pieces;
  for (const Piece& piece : gradients)
    pieces.push_back({piece.gradient.data_ptr<float>(), piece.first, piece.gradient.numel()});
  own_->adam({rate_, beta1_, beta2_, epsilon_, decay_, decoupled_}, count_.data_ptr<float>(), values_.data_ptr<float>(),
             first_.data_ptr<float>(), second_.data_ptr<float>(), pieces);
}

template <class T>
bool Adam::own_step() {
  const kernels::Functions<T>* const own = kernels::functions<T>();
  if (!own || !values_.device().is_cpu()) return false;
  const kernels::AdamRule rule{rate_, beta1_, beta2_, epsilon_, decay_, decoupled_, updates()};
  constexpr std::int64_t kUnit = 4096;  // elements: pages and cache lines of one thread alone
  in_pieces(values_.numel(), kUnit, [&](kernels::Range range) {
    own->adam(rule, values_.data_ptr<T>(), gradients_.data_ptr<T>(), first_.data_ptr<T>(), second_.data_ptr<T>(), range);
  });
  return true;
}

void Adam::step() {
  begin_update();
  const torch::NoGradGuard no_grad;
  update();
  if (!together_.meet) return;
  all_gradients_.narrow(0, 0, together_.mine.first).zero_();
  all_gradients_.narrow(0, together_.mine.last, all_gradients_.numel() - together_.mine.last).zero_();
  together_.meet();
}

void Adam::update() {
  if (own_) return update_part({Piece{0, gradients_}});
  if (values_.scalar_type() == torch::kFloat64 ? own_step<double>() : own_step<float>()) return;
  const auto update = [&](auto&& fused) {
    fused(values_, gradients_, first_, second_, at::TensorList{}, count_, rate_, beta1_, beta2_, decay_, epsilon_,
          /*amsgrad=*/false, /*maximize=*/false, c10::nullopt, c10::nullopt);
  };
  if (decoupled_)
    update([](auto&&... arguments) { at::_fused_adamw_(arguments...); });
  else
    update([](auto&&... arguments) { at::_fused_adam_(arguments...); });
  if (gradients_.is_cpu()) gradients_.zero_();
}

}  // namespace irmae::training
