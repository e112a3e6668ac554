// SPDX-License-Identifier: MIT
// A few steps of one rank, with gradients that are gathered in one buffer, that stay where backward made them, or that are used
// as soon as a bucket's are there.
#pragma once

#include <gtest/gtest.h>

#include "framework/models/method.h"
#include "framework/training/arithmetic.h"
#include "framework/training/parameter_update.h"

namespace irmae::tests {

enum class Layers { own, libtorch };
enum class Gradients { gathered, left, used_at_once };

/// Values and moments after them, one after the other on the host.
inline torch::Tensor after_few_steps(const manifest::Cell& cell, torch::Device device, Layers layers, Gradients gradients,
                                     std::unique_ptr<distributed::SideStream> beside = {}) {
  training::set_arithmetic(cell, {.device = device});
  const auto dataset = data::open(cell);
  const auto method = models::make_method(cell);
  const auto model = method->make_model(dataset->shape());
  model->to(device);
  if (layers == Layers::own)
    model->use_device_kernels();
  else
    model->lay_channels_last();
  const auto alone = distributed::make_single();
  distributed::FlatParameters::Named named;
  for (const auto& parameter : model->named_parameters())
    if (parameter.value().requires_grad()) named.emplace_back(parameter.key(), parameter.value());
  constexpr distributed::BucketCaps kSmall{1 << 10, 1 << 16};
  const auto parameters = std::make_shared<distributed::FlatParameters>(named, kSmall);
  EXPECT_NE(training::Adam::own_kernels(parameters->values()), nullptr);
  std::function<std::unique_ptr<distributed::SideStream>()> take_beside;
  if (gradients == Gradients::used_at_once) take_beside = [&] { return std::move(beside); };
  training::ParameterUpdate update(
      cell, *alone, {*model, parameters, layers == Layers::own},
      gradients == Gradients::gathered ? distributed::GradientStorage::gathered : distributed::GradientStorage::left,
      take_beside);
  const std::int64_t batch = cell.integer("train.batch");
  for (std::int64_t step = 0; step < 2; ++step) {
    const torch::Tensor images = dataset->batch(data::Split::train, data::consecutive(step * batch, batch)).images.to(device);
    const models::Loss loss = [&] {
      const training::StepArithmetic arithmetic(cell, device);
      return method->loss(*model, images, {});
    }();
    update.reducer().begin(step, {1});
    loss.objective.backward();
    update.reducer().finish();
    update.apply();
  }
  const training::Adam& adam = update.optimizer();
  return torch::cat({update.values(), adam.first_moment(), adam.second_moment()}).to(torch::kCPU);
}

}  // namespace irmae::tests
