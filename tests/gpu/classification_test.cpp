// SPDX-License-Identifier: MIT
// A classifier and its encoder trained on a GPU against those that the host trains. Skipped, with the reason, where there is no
// GPU.
#include <gtest/gtest.h>

#include "analysis/classification/head.h"
#include "framework/data/dataset.h"
#include "tests/gpu/on_gpu.h"

namespace irmae::classification {
namespace {

using GpuHead = tests::OnGpu;

TEST_F(GpuHead, LearnsWhatTheHostsLearns) {
  const torch::Tensor labels = torch::arange(600).remainder(5);
  const torch::Tensor angles = labels.to(torch::kFloat32) * (2 * M_PI / 5);
  const torch::Tensor noise = data::normal_noise(1, data::Stream::train_noise, 0, 600, 2);
  const torch::Tensor inputs = torch::stack({angles.cos(), angles.sin()}, 1) + 0.5 * noise;
  const auto trained_on = [&](const torch::Device device) {
    const auto part = [&](std::int64_t first, std::int64_t count) {
      return Labelled{inputs.narrow(0, first, count).to(device), labels.narrow(0, first, count).to(device)};
    };
    const Labelled train = part(0, 400), test = part(400, 200);
    const torch::Tensor weight = torch::eye(2, device).requires_grad_(true);
    const auto encode = [&](const torch::Tensor& some) { return some.mm(weight); };
    const LabelDraw drawn = draw_labels(train.labels, {.classes = 5, .count = 200, .held_out = 100, .seed = 1});
    const Outcome outcome = train_head(
        {.train = train, .test = test, .draw = drawn, .classes = 5, .budget = {.updates = 100, .batch = 25, .checks = 5}},
        {.forward = encode, .parameters = {weight}});
    EXPECT_FALSE(torch::equal(weight.detach(), torch::eye(2, device))) << "its encoder learns, too";
    return outcome.error_percent;
  };

  EXPECT_NEAR(trained_on(torch::kCUDA), trained_on(torch::kCPU), 2) << "percent, of 200 samples";
}

}  // namespace
}  // namespace irmae::classification
