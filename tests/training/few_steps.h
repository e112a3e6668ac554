// SPDX-License-Identifier: MIT
// A few steps of one rank, with gradients that are copied to one buffer, that stay where backward made them, or that are used
// as soon as a bucket's are there.
#pragma once

#include <gtest/gtest.h>

#include "framework/distributed/reducer.h"
#include "framework/models/method.h"
#include "framework/training/arithmetic.h"
#include "framework/training/optimizer.h"
#include "tests/distributed/flat.h"

namespace irmae::tests {

enum class Layers { own, libtorch };
enum class Gradients { copied, left, followed };

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
  distributed::Reducer reducer(flat(named, kSmall), *alone, /*collected=*/true);
  if (layers == Layers::own) {
    model->gradients_in_place(true);
    model->gradient_places([&](const torch::Tensor& parameter) { return reducer.place_of(parameter); });
    const kernels::DeviceKernels* const own = kernels::device_kernels(training::arithmetic_of(cell));
    reducer.gradients_arrive_by([own] { own->join(); }, [own] { own->forget(); });
  }
  training::Adam adam(cell, reducer.values(), reducer.gradients());
  EXPECT_TRUE(adam.own_on_device());
  if (gradients == Gradients::followed) {
    EXPECT_TRUE(adam.follow(reducer, std::move(beside)));
  } else if (gradients == Gradients::left) {
    EXPECT_TRUE(reducer.leave_gradients());
    adam.take_gradients_from([&] { return reducer.take_gradients(); });
  }
  const std::int64_t batch = cell.integer("train.batch");
  for (std::int64_t step = 0; step < 2; ++step) {
    const torch::Tensor images = dataset->batch(data::Split::train, data::consecutive(step * batch, batch)).images.to(device);
    const models::Loss loss = [&] {
      const training::StepArithmetic arithmetic(cell, device);
      return method->loss(*model, images, {});
    }();
    reducer.begin(step, {1});
    loss.objective.backward();
    reducer.finish();
    adam.step();
  }
  return torch::cat({reducer.values(), adam.first_moment(), adam.second_moment()}).to(torch::kCPU);
}

}  // namespace irmae::tests
