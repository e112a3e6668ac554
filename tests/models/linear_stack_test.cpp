// SPDX-License-Identifier: MIT
// The linear stack: its initial values, whose size is part of the paper's effect (matrices that keep more of the codes'
// variance have less of it), and where ReLUs stand in it. Oracle: what the manifest's keys promise, in closed form.
#include "framework/models/linear_stack.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/models/method.h"
#include "tests/cell_of.h"

namespace irmae::models {
namespace {

using torch::Tensor;

constexpr std::int64_t kLatent = 64;
constexpr double kNumbers = kLatent * kLatent;

/// The matrices of a model as a cell with this initialisation gets them, in float64.
std::vector<Tensor> initial(const std::string& initialisation, const std::string& more = "model.initial_scale=1") {
  std::vector<std::string> overrides = {"model.method=irmae", "model.latent=64", "model.linear_layers=3", more};
  if (!initialisation.empty()) overrides.push_back("model.initialisation=" + initialisation);
  std::vector<Tensor> all;
  for (const Tensor& matrix : make_method(tests::cell_of(overrides))->make_model({3, 32, 32})->stack()->matrices())
    all.push_back(matrix.detach().to(torch::kFloat64));
  return all;
}

/// U(-limit, limit), all numbers of all matrices drawn by themselves.
void expect_uniform(const std::vector<Tensor>& matrices, double limit) {
  ASSERT_EQ(matrices.size(), 3U);
  for (const Tensor& matrix : matrices) {
    ASSERT_EQ(matrix.sizes(), (torch::IntArrayRef{kLatent, kLatent}));
    // The largest of 4096 is below 95 % of the limit once in 10^91 draws.
    EXPECT_LE(matrix.abs().max().item<double>(), limit * (1 + 1e-6));
    EXPECT_GE(matrix.abs().max().item<double>(), 0.95 * limit);
    // Five standard errors; the squares of U(-1, 1) have mean 1/3 and variance 4/45.
    EXPECT_NEAR(matrix.mean().item<double>() / limit, 0, 5 * std::sqrt(1 / 3.0 / kNumbers));
    EXPECT_NEAR(matrix.square().mean().item<double>() / (limit * limit), 1 / 3.0, 5 * std::sqrt(4 / 45.0 / kNumbers));
  }
  for (const std::size_t other : {1U, 2U}) {
    const double correlation = (matrices[0] * matrices[other]).mean().item<double>() / (limit * limit / 3);
    EXPECT_NEAR(correlation, 0, 5 / std::sqrt(kNumbers)) << "W1 and W" << other + 1;
  }
}

TEST(InitialMatrices, AreByDefaultUniformWithin1OverTheRootOfN) { expect_uniform(initial(""), 1.0 / 8); }

TEST(InitialMatrices, OfUniformAreUniformWithin1OverTheRootOfN) { expect_uniform(initial("uniform"), 1.0 / 8); }

/// Numbers of variance 1 / n, so that a code's variance is kept.
TEST(InitialMatrices, OfVarianceAreUniformWithinTheRootOf3OverN) {
  expect_uniform(initial("variance"), std::sqrt(3.0 / kLatent));
}

TEST(InitialMatrices, OfOrthogonalKeepEveryLengthAndAreNotTheIdentity) {
  const std::vector<Tensor> matrices = initial("orthogonal");
  const Tensor identity = torch::eye(kLatent, torch::kFloat64);
  ASSERT_EQ(matrices.size(), 3U);
  for (const Tensor& matrix : matrices) {
    EXPECT_LT((matrix.mm(matrix.t()) - identity).abs().max().item<double>(), 1e-5);
    EXPECT_GT((matrix - identity).abs().max().item<double>(), 0.1);
  }
  EXPECT_GT((matrices[0] - matrices[1]).abs().max().item<double>(), 0.1);
}

TEST(InitialMatrices, OfIdentityAreTheIdentity) {
  const std::vector<Tensor> matrices = initial("identity");
  ASSERT_EQ(matrices.size(), 3U);
  for (const Tensor& matrix : matrices) EXPECT_TRUE(torch::equal(matrix, torch::eye(kLatent, torch::kFloat64)));
}

TEST(InitialMatrices, OfThreeTimesTheScaleAreThreeTimesAsLarge) {
  for (const char* initialisation : {"uniform", "variance", "orthogonal", "identity"}) {
    const std::vector<Tensor> one = initial(initialisation), three = initial(initialisation, "model.initial_scale=3");
    ASSERT_EQ(one.size(), 3U);
    ASSERT_EQ(three.size(), 3U);
    for (std::size_t i = 0; i < one.size(); ++i)  // rounded once, to float32
      EXPECT_TRUE(torch::equal(three[i], (3 * one[i]).to(torch::kFloat32).to(torch::kFloat64))) << initialisation;
  }
}

/// The paper's words for figure 10 are "between matrices"; by default the code, which the last matrix gives, has one too.
TEST(NonlinearStack, HasAReluAfterEachMatrixAndAfterTheLastWhereTheCodeShallHaveOne) {
  for (const bool code : {true, false}) {
    const auto method = make_method(tests::cell_of({"model.method=irmae-nonlinear", "model.latent=64", "model.linear_layers=3",
                                                    code ? "model.code_relu=true" : "model.code_relu=false"}));
    const auto model = method->make_model({3, 32, 32});
    const Tensor codes = torch::linspace(-2, 3, 5 * kLatent).view({5, kLatent});
    const std::vector<Tensor> matrices = model->stack()->matrices();
    Tensor expected = codes;
    for (std::size_t i = 0; i < 3; ++i) {
      expected = expected.mm(matrices[i].t());
      if (i < 2 || code) expected = expected.clamp_min(0);
    }

    const Tensor found = model->stack()->forward(codes);
    EXPECT_LT((found - expected).abs().max().item<double>(), 1e-6);
    EXPECT_EQ((found < 0).any().item<bool>(), !code);
  }
}

}  // namespace
}  // namespace irmae::models
