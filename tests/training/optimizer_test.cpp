// SPDX-License-Identifier: MIT
// The fused Adam against LibTorch's own optimisers, which compute it operation by operation.
#include "framework/training/optimizer.h"

#include <gtest/gtest.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>

#include <cmath>

#include "framework/kernels/functions.h"
#include "tests/cell_of.h"

namespace irmae::training {
namespace {

constexpr std::int64_t kElements = 10'007;  // no multiple of a vector or of a thread's piece
constexpr int kUpdates = 20;

/// The values after some updates with gradients that depend on them.
template <class Update>
void updated(const torch::Tensor& values, const torch::Tensor& gradients, Update&& update) {
  const torch::NoGradGuard no_grad;
  for (int i = 0; i < kUpdates; ++i) {
    gradients.copy_((values * (i + 1)).sin() * (values > -0.5));
    update();
  }
}

struct Case {
  const char* optimizer;
  torch::ScalarType type;
  double tolerance;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.optimizer << ", " << one.type; }

class Optimizer : public ::testing::TestWithParam<Case> {
 protected:
  /// What LibTorch's optimiser makes of the same start.
  template <class Reference, class Options>
  torch::Tensor expected() const {
    torch::Tensor values = start().requires_grad_();
    values.mutable_grad() = torch::zeros_like(values);
    Reference reference({values}, Options(0.01).betas({0.8, 0.95}).eps(1e-3).weight_decay(0.1));
    updated(values, values.grad(), [&] { reference.step(); });
    return values.detach();
  }
  torch::Tensor start() const { return torch::linspace(-1, 1, kElements, GetParam().type); }
  manifest::Cell cell() const {
    return tests::cell_of({std::string("train.optimizer='") + GetParam().optimizer + "'", "train.learning_rate=0.01",
                           "train.beta1=0.8", "train.beta2=0.95", "train.epsilon=1e-3", "train.weight_decay=0.1"});
  }
};

TEST_P(Optimizer, UpdatesAsLibTorchsAndLeavesGradientsOfZero) {
  const torch::Tensor wanted = std::string(GetParam().optimizer) == "adam"
                                   ? expected<torch::optim::Adam, torch::optim::AdamOptions>()
                                   : expected<torch::optim::AdamW, torch::optim::AdamWOptions>();
  const torch::Tensor values = start(), gradients = torch::zeros_like(values);
  Adam adam(cell(), values, gradients);

  updated(values, gradients, [&] { adam.step(); });

  EXPECT_TRUE(torch::allclose(values, wanted, GetParam().tolerance, GetParam().tolerance));
  EXPECT_EQ(gradients.abs().max().item<double>(), 0);
  EXPECT_EQ(adam.updates(), kUpdates);
}

TEST_P(Optimizer, UpdatesInPartsAsInOne) {
  const torch::Tensor whole = start(), all_gradients = torch::zeros_like(whole);
  Adam alone(cell(), whole, all_gradients);
  updated(whole, all_gradients, [&] { alone.step(); });

  // Two ranks one after the other: the second's step ends the update.
  const torch::Tensor values = start(), first = torch::zeros_like(values), second = torch::zeros_like(values);
  torch::Tensor gradients[2] = {torch::zeros_like(values), torch::zeros_like(values)};
  int meetings = 0;
  const auto part = [&](int rank, kernels::Range mine) {
    return Adam(cell(), values, gradients[rank], Together{first, second, mine, [&] { ++meetings; }});
  };
  Adam ranks[2] = {part(0, {0, 4096}), part(1, {4096, kElements})};
  updated(values, gradients[0], [&] {
    gradients[1].copy_(gradients[0]);
    for (Adam& rank : ranks) rank.step();
  });

  EXPECT_TRUE(torch::equal(values, whole));
  EXPECT_TRUE(torch::equal(first, alone.first_moment()));
  EXPECT_EQ(meetings, 2 * kUpdates);
  for (const torch::Tensor& left : gradients) EXPECT_EQ(left.abs().max().item<double>(), 0);
}

TEST_P(Optimizer, EveryInstructionSetMakesTheSameUpdates) {
  const kernels::AdamRule rule{0.01, 0.8, 0.95, 1e-3, 0.1, std::string(GetParam().optimizer) == "adamw", 7};
  const auto run = [&]<class T>(const std::string& set, T) {
    torch::Tensor state[4];
    for (int i = 0; i < 4; ++i) state[i] = (start() + i).cos().abs();
    kernels::functions_of<T>(set)->adam(rule, state[0].data_ptr<T>(), state[1].data_ptr<T>(), state[2].data_ptr<T>(),
                                        state[3].data_ptr<T>(), {1, kElements});
    return torch::stack({state[0], state[2], state[3]});
  };
  const auto of = [&](const std::string& set) {
    return GetParam().type == torch::kFloat64 ? run(set, double()) : run(set, float());
  };
  for (const std::string& set : kernels::instruction_sets())
    EXPECT_TRUE(torch::allclose(of(set), of("generic"), GetParam().tolerance, GetParam().tolerance)) << set;
}

TEST(IrmaeWd, TakesAStepAlongTheGradientOfItsLossAndOfTheSquaredWeights) {
  const manifest::Cell cell = tests::cell_of({"model.method=irmae-wd", "train.learning_rate=0.01"});
  const torch::Tensor before = torch::linspace(-1, 1, kElements, torch::kFloat64), values = before.clone();
  // As small as the decay's part, so that the step depends on both.
  const torch::Tensor of_loss = 1e-6 * (7 * before).cos(), gradients = of_loss.clone();
  Adam(cell, values, gradients).step();

  double largest = 0;
  for (std::int64_t i = 0; i < kElements; ++i) {
    const auto x = before[i].item<double>(), gradient = of_loss[i].item<double>() + 1e-6 * x;
    // Adam's first step: the moments without bias are the gradient and its square.
    const double expected = x - 0.01 * gradient / (std::abs(gradient) + cell.real("train.epsilon"));
    largest = std::max(largest, std::abs(values[i].item<double>() - expected));
  }
  EXPECT_LT(largest, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(All, Optimizer,
                         ::testing::Values(Case{"adam", torch::kFloat32, 1e-5}, Case{"adam", torch::kFloat64, 1e-13},
                                           Case{"adamw", torch::kFloat32, 1e-5}, Case{"adamw", torch::kFloat64, 1e-13}));

}  // namespace
}  // namespace irmae::training
