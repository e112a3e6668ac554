// SPDX-License-Identifier: MIT
// The project's own convolutions against LibTorch's and its autograd, for each instruction set that this processor has.
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>

#include <array>
#include <limits>
#include <stdexcept>

#include "framework/kernels/functions.h"
#include "framework/models/layers/chain.h"
#include "framework/models/layers/strided_layer.h"

namespace irmae::models {
namespace {

using kernels::Epilogue;
using kernels::Functions;
using kernels::Map;
using kernels::Pair;
using torch::Tensor;
using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;
using torch::nn::ConvTranspose2d;
using torch::nn::ConvTranspose2dOptions;
using torch::nn::ReLU;
using torch::nn::Sequential;

constexpr std::array kPairs{
    Pair{3, 1, 1, 16, 16},
    Pair{1, 2, 2, 32, 64},
    Pair{5, 4, 4, 64, 32},
    Pair{2, 5, 3, 48, 16},
    Pair{7, 3, 2, 16, 48},
    Pair{3, 8, 8, 1, 32},
    Pair{2, 4, 6, 3, 16},
    Pair{1, 7, 5, 2, 48},
    Pair{4, 2, 1, 4, 80},
    // Weights that are brought together first, for four, two and one of the kernel's rows at once; more than one block of
    // samples.
    Pair{5, 9, 7, 128, 128},
    Pair{5, 9, 7, 512, 48},
    Pair{4, 9, 8, 1024, 32},
    // In tiles: one a sample, many; blocks of samples that end with fewer; more rows of a weight gradient than at once.
    Pair{70, 2, 2, 16, 32},
    Pair{2, 6, 10, 32, 16},
    Pair{9, 8, 8, 48, 48},
    Pair{3, 16, 16, 16, 80},
    Pair{5, 4, 4, 128, 64},
    // Rows of products that leave four thirds of a tile, and one more.
    Pair{2, 4, 4, 16, 32},
    Pair{1, 6, 6, 16, 16},
};

constexpr std::int64_t kManyWeights = 100'000;

template <class T>
constexpr torch::ScalarType type_of = std::is_same_v<T, double> ? torch::kFloat64 : torch::kFloat32;

/// [batch, channels, height, width] -> [batch, height + 2, width + 2, channels].
Tensor with_border(const Tensor& images) {
  return torch::constant_pad_nd(images, {1, 1, 1, 1}).permute({0, 2, 3, 1}).contiguous();
}
Tensor without_border(const Tensor& map) {
  return map.narrow(1, 1, map.size(1) - 2).narrow(2, 1, map.size(2) - 2).permute({0, 3, 1, 2});
}
/// [out, in, 4, 4] of a Conv2d from fine to coarse -> [4, 4, fine, coarse].
Tensor as_read(const Tensor& weight) { return weight.permute({2, 3, 1, 0}).contiguous(); }

Tensor blank(const Map& map, torch::ScalarType type) {
  return torch::zeros({map.batch, map.height + 2, map.width + 2, map.channels}, type);
}

/// What the kernels and LibTorch are given, in the kernels' type, with values that leave room for rounding alone.
template <class T>
struct Given {
  explicit Given(const Pair& pair) : pair(pair) {
    torch::manual_seed(pair.fine_channels * 1000 + pair.coarse_channels);
    const auto draw = [](std::vector<std::int64_t> sizes) { return torch::randn(sizes, type_of<T>); };
    fine = draw({pair.batch, pair.fine_channels, 2 * pair.height, 2 * pair.width});
    coarse = draw({pair.batch, pair.coarse_channels, pair.height, pair.width});
    weight = draw({pair.coarse_channels, pair.fine_channels, 4, 4});
    fine_bias = draw({pair.fine_channels});
    coarse_bias = draw({pair.coarse_channels});
  }
  Pair pair;
  Tensor fine, coarse, weight, fine_bias, coarse_bias;
};

Tensor convolved(const Tensor& fine, const Tensor& weight, const Tensor& bias = {}) {
  return torch::conv2d(fine.to(torch::kFloat64), weight.to(torch::kFloat64), bias.defined() ? bias.to(torch::kFloat64) : bias,
                       2, 1);
}
Tensor transposed(const Tensor& coarse, const Tensor& weight, const Tensor& bias = {}) {
  return torch::conv_transpose2d(coarse.to(torch::kFloat64), weight.to(torch::kFloat64),
                                 bias.defined() ? bias.to(torch::kFloat64) : bias, 2, 1);
}

/// Calls check(functions, given) for every instruction set, type and pair.
template <class T, class Check>
void for_every(Check&& check) {
  for (const std::string& set : kernels::instruction_sets())
    for (const Pair& pair : kPairs) {
      SCOPED_TRACE(fmt::format("{}, {} samples, {} x {}, {} fine and {} coarse channels", set, pair.batch, pair.height,
                               pair.width, pair.fine_channels, pair.coarse_channels));
      if (pair.weights() > kManyWeights && set != kernels::instruction_sets().front()) continue;  // the same text, and slow
      check(*kernels::functions_of<T>(set), Given<T>(pair));
    }
}

template <class T>
class StridedKernel : public ::testing::Test {
 protected:
  /// `terms`: of each sum; the rounding of long ones grows with them.
  static void expect_near(const Tensor& result, const Tensor& expected, std::int64_t terms = 0) {
    const Tensor wide = result.to(torch::kFloat64);
    ASSERT_EQ(wide.sizes(), expected.sizes());
    const double scale = expected.abs().max().template item<double>() + 1;
    const double bound = (std::is_same_v<T, double> ? 1e-14 : 5e-6) * std::max(1.0, static_cast<double>(terms) / 8192);
    EXPECT_LE((wide - expected).abs().max().template item<double>(), bound * scale);
  }
  static void expect_border_is_zero(const Tensor& map) { EXPECT_TRUE(torch::equal(map, with_border(without_border(map)))); }
  static Tensor down(const Functions<T>& run, const Given<T>& given, const Epilogue<T>& finish, const kernels::Part& part) {
    Tensor result = blank(given.pair.coarse(), type_of<T>);
    run.down(given.pair, with_border(given.fine).template data_ptr<T>(), as_read(given.weight).template data_ptr<T>(), finish,
             result.data_ptr<T>(), part);
    return result;
  }
  static Tensor up(const Functions<T>& run, const Given<T>& given, const Epilogue<T>& finish, const kernels::Part& part) {
    Tensor result = blank(given.pair.fine(), type_of<T>);
    run.up(given.pair, with_border(given.coarse).template data_ptr<T>(), as_read(given.weight).template data_ptr<T>(), finish,
           result.data_ptr<T>(), part);
    return result;
  }
  static kernels::Part whole(const Map& map) { return {{0, map.batch}, {0, map.channels}}; }
};

using Types = ::testing::Types<float, double>;
TYPED_TEST_SUITE(StridedKernel, Types);

TYPED_TEST(StridedKernel, DownIsConv2dWithBiasAndRelu) {
  for_every<TypeParam>([](const auto& run, const auto& given) {
    const auto all = TestFixture::whole(given.pair.coarse());
    const Tensor plain = TestFixture::down(run, given, {}, all);
    TestFixture::expect_near(without_border(plain), convolved(given.fine, given.weight), 16 * given.pair.fine_channels);
    TestFixture::expect_border_is_zero(plain);
    const Tensor rectified =
        TestFixture::down(run, given, {given.coarse_bias.template data_ptr<TypeParam>(), true, nullptr}, all);
    TestFixture::expect_near(without_border(rectified), convolved(given.fine, given.weight, given.coarse_bias).relu(),
                             16 * given.pair.fine_channels);
  });
}

TYPED_TEST(StridedKernel, UpIsConvTranspose2dWithBiasAndRelu) {
  for_every<TypeParam>([](const auto& run, const auto& given) {
    const auto all = TestFixture::whole(given.pair.fine());
    const Tensor plain = TestFixture::up(run, given, {}, all);
    TestFixture::expect_near(without_border(plain), transposed(given.coarse, given.weight));
    TestFixture::expect_border_is_zero(plain);
    const Tensor rectified = TestFixture::up(run, given, {given.fine_bias.template data_ptr<TypeParam>(), true, nullptr}, all);
    TestFixture::expect_near(without_border(rectified), transposed(given.coarse, given.weight, given.fine_bias).relu());
  });
}

TYPED_TEST(StridedKernel, ResultsAreZeroWhereTheReluBeforeWasNot) {
  for_every<TypeParam>([](const auto& run, const auto& given) {
    const Tensor fine = with_border(given.fine.relu()), coarse = with_border(given.coarse.relu());
    const Tensor above = TestFixture::up(run, given, {nullptr, false, fine.template data_ptr<TypeParam>()},
                                         TestFixture::whole(given.pair.fine()));
    TestFixture::expect_near(without_border(above), transposed(given.coarse, given.weight) * (given.fine > 0));
    const Tensor below = TestFixture::down(run, given, {nullptr, false, coarse.template data_ptr<TypeParam>()},
                                           TestFixture::whole(given.pair.coarse()));
    TestFixture::expect_near(without_border(below), convolved(given.fine, given.weight) * (given.coarse > 0),
                             16 * given.pair.fine_channels);
  });
}

TYPED_TEST(StridedKernel, WeightGradientIsAutogradsAndIsAdded) {
  for_every<TypeParam>([](const auto& run, const auto& given) {
    const Tensor weight = given.weight.to(torch::kFloat64).requires_grad_();
    const Tensor expected =
        torch::autograd::grad({convolved(given.fine, weight)}, {weight}, {given.coarse.to(torch::kFloat64)})[0];
    Tensor sum = torch::ones({4, 4, given.pair.fine_channels, given.pair.coarse_channels}, type_of<TypeParam>);
    run.weight_gradient(given.pair, with_border(given.fine).template data_ptr<TypeParam>(),
                        with_border(given.coarse).template data_ptr<TypeParam>(), sum.template data_ptr<TypeParam>(),
                        {0, given.pair.gradient_rows()});
    TestFixture::expect_near(sum, as_read(expected) + 1);
  });
}

TYPED_TEST(StridedKernel, SumOverPlacesIsTheBiasGradientAndIsAdded) {
  for_every<TypeParam>([](const auto& run, const auto& given) {
    for (const Tensor& images : {given.fine, given.coarse}) {
      const Tensor map = with_border(images);
      Tensor sums = torch::ones({images.size(1)}, type_of<TypeParam>);
      run.add_places({images.size(0), images.size(2), images.size(3), images.size(1)}, map.template data_ptr<TypeParam>(),
                     sums.template data_ptr<TypeParam>(), {0, images.size(1)});
      TestFixture::expect_near(sums, images.to(torch::kFloat64).sum({0, 2, 3}) + 1);
    }
  });
}

TYPED_TEST(StridedKernel, PartsGiveTheBitsOfTheWhole) {
  for_every<TypeParam>([](const auto& run, const auto& given) {
    const Map coarse = given.pair.coarse(), fine = given.pair.fine();
    for (std::int64_t sample = 0; sample < given.pair.batch; ++sample) {
      const kernels::Range one{sample, sample + 1};
      EXPECT_TRUE(torch::equal(TestFixture::down(run, given, {}, {one, {0, coarse.channels}}).select(0, sample),
                               TestFixture::down(run, given, {}, TestFixture::whole(coarse)).select(0, sample)));
      EXPECT_TRUE(torch::equal(TestFixture::up(run, given, {}, {one, {0, fine.channels}}).select(0, sample),
                               TestFixture::up(run, given, {}, TestFixture::whole(fine)).select(0, sample)));
    }
    const std::int64_t last = coarse.channels - 16;
    EXPECT_TRUE(
        torch::equal(TestFixture::down(run, given, {}, {{0, coarse.batch}, {last, coarse.channels}}).narrow(3, last, 16),
                     TestFixture::down(run, given, {}, TestFixture::whole(coarse)).narrow(3, last, 16)));
    const auto gradient = [&](std::initializer_list<kernels::Range> parts) {
      Tensor sum = torch::zeros({4, 4, fine.channels, coarse.channels}, type_of<TypeParam>);
      for (const kernels::Range rows : parts)
        run.weight_gradient(given.pair, with_border(given.fine).template data_ptr<TypeParam>(),
                            with_border(given.coarse).template data_ptr<TypeParam>(), sum.template data_ptr<TypeParam>(), rows);
      return sum;
    };
    const std::int64_t rows = given.pair.gradient_rows();
    EXPECT_TRUE(torch::equal(gradient({{16, rows}, {0, 16}}), gradient({{0, rows}})));
  });
}

TYPED_TEST(StridedKernel, WhatIsNotANumberGoesThroughARelu) {
  for_every<TypeParam>([](const auto& run, auto given) {
    given.coarse_bias.fill_(std::numeric_limits<double>::quiet_NaN());
    const Tensor result = TestFixture::down(run, given, {given.coarse_bias.template data_ptr<TypeParam>(), true, nullptr},
                                            TestFixture::whole(given.pair.coarse()));
    EXPECT_TRUE(without_border(result).isnan().all().template item<bool>());
  });
}

Conv2dOptions halving(std::int64_t from, std::int64_t to) { return Conv2dOptions(from, to, 4).stride(2).padding(1); }
ConvTranspose2dOptions doubling(std::int64_t from, std::int64_t to) {
  return ConvTranspose2dOptions(from, to, 4).stride(2).padding(1);
}

/// An autoencoder with every kind of step: down to one place by a whole-map convolution and up again, and a layer whose
/// channels the kernels do not know.
Sequential all_kinds() {
  return Sequential(Conv2d(halving(3, 16)), ReLU(), Conv2d(halving(16, 32)), ReLU(), Conv2d(Conv2dOptions(32, 24, 4)),
                    ConvTranspose2d(ConvTranspose2dOptions(24, 32, 4)), ReLU(), ConvTranspose2d(doubling(32, 16)), ReLU(),
                    ConvTranspose2d(doubling(16, 3)));
}

/// Of a chain or its modules: the result, then the gradients of its input and all parameters for a fixed objective.
template <class Forward>
std::vector<Tensor> results(const Sequential& modules, const Tensor& images, Forward&& forward) {
  const Tensor input = images.detach().requires_grad_();
  const Tensor output = forward(input);
  std::vector<Tensor> of{input};
  for (const Tensor& parameter : modules->parameters()) of.push_back(parameter);
  std::vector<Tensor> all = torch::autograd::grad({(output * output.detach().cos()).sum()}, of);
  all.insert(all.begin(), output.detach());
  return all;
}

class ChainTest : public ::testing::Test {
 protected:
  void SetUp() override { torch::manual_seed(5); }
  ~ChainTest() override { at::set_num_threads(threads_); }

  static void expect_as_modules(Sequential modules, const Tensor& images) {
    modules->to(torch::kFloat64);
    const Chain chain(modules);
    const auto expected = results(modules, images, [&](const Tensor& input) { return modules->forward(input); });
    const auto given = results(modules, images, [&](const Tensor& input) { return chain.forward(input); });
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(torch::allclose(given[i], expected[i], 1e-11, 1e-11)) << i;
  }

  /// Of a chain of these modules: what one thread makes, and what several do.
  template <class Alike>
  static void expect_alike_on_threads(const Sequential& modules, const Alike& alike) {
    const Chain chain(modules);
    const Tensor images = torch::randn({9, 3, 16, 16});
    const auto with = [&](int threads) {
      at::set_num_threads(threads);
      return results(modules, images, [&](const Tensor& input) { return chain.forward(input); });
    };
    const auto one = with(1);
    for (int threads : {2, 3}) {
      const auto several = with(threads);
      for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(alike(several[i], one[i])) << i;
    }
  }

 private:
  int threads_ = at::get_num_threads();
};

TEST_F(ChainTest, ValuesAndGradientsAreTheModulesInFloat64) {
  expect_as_modules(all_kinds(), torch::randn({5, 3, 16, 16}, torch::kFloat64));
}

TEST_F(ChainTest, SizesAndChannelsThatTheKernelsDoNotKnowAreLeftToTheModules) {
  expect_as_modules(Sequential(Conv2d(halving(3, 16)), ReLU(), Conv2d(halving(16, 16)), ReLU(), Conv2d(halving(16, 20)), ReLU(),
                               Conv2d(halving(20, 16))),
                    torch::randn({2, 3, 28, 52}, torch::kFloat64));  // 14 x 26, 7 x 13, 3 x 6, 1 x 3
  expect_as_modules(Sequential(ConvTranspose2d(doubling(16, 24)), ReLU(), ConvTranspose2d(doubling(24, 16)), ReLU(),
                               ConvTranspose2d(doubling(16, 5))),
                    torch::randn({2, 16, 3, 2}, torch::kFloat64));
}

TEST_F(ChainTest, ConvolutionsFromEachPlaceToTheSameAreTakenFromTheKernelsLayout) {
  const auto pointwise = [](std::int64_t from, std::int64_t to, bool bias) {
    return ConvTranspose2dOptions(from, to, 1).bias(bias);
  };
  const Tensor images = torch::randn({3, 16, 4, 6}, torch::kFloat64);
  expect_as_modules(Sequential(ConvTranspose2d(doubling(16, 32)), ReLU(), ConvTranspose2d(pointwise(32, 3, true))), images);
  expect_as_modules(Sequential(ConvTranspose2d(doubling(16, 32)), ConvTranspose2d(pointwise(32, 1, false)), ReLU()), images);
  expect_as_modules(
      Sequential(Conv2d(halving(16, 16)), ReLU(), Conv2d(Conv2dOptions(16, 32, 1)), ReLU(), ConvTranspose2d(doubling(32, 16))),
      images);
  expect_as_modules(Sequential(ConvTranspose2d(doubling(16, 32)), ReLU(), ConvTranspose2d(pointwise(32, 3, true))),
                    torch::randn({0, 16, 4, 6}, torch::kFloat64));
}

TEST_F(ChainTest, LayersThatOnlyLookAlikeAreLeftToTheModules) {
  expect_as_modules(Sequential(Conv2d(Conv2dOptions(16, 32, 4).stride(2).padding(1).groups(2)), ReLU(),
                               Conv2d(Conv2dOptions(32, 32, 4).stride(2).padding(1).padding_mode(torch::kReflect)),
                               Conv2d(Conv2dOptions(32, 16, 3).stride(1).padding(1))),
                    torch::randn({2, 16, 16, 16}, torch::kFloat64));
}

TEST_F(ChainTest, AnEmptyBatchHasAnEmptyResultAndGradientsOfZero) {
  expect_as_modules(all_kinds(), torch::randn({0, 3, 16, 16}, torch::kFloat64));
}

TEST_F(ChainTest, ResultsDoNotDependOnTheNumberOfThreads) {
  // Whole-map convolutions are LibTorch's matrix products, which promise rounding only.
  expect_alike_on_threads(all_kinds(), [](const Tensor& a, const Tensor& b) { return torch::allclose(a, b, 1e-4, 1e-4); });
}

TEST_F(ChainTest, StridedLayersGiveTheSameBitsWithAnyNumberOfThreads) {
  expect_alike_on_threads(
      Sequential(Conv2d(halving(3, 16)), ReLU(), Conv2d(halving(16, 64)), ReLU(), ConvTranspose2d(doubling(64, 32))),
      [](const Tensor& a, const Tensor& b) { return torch::equal(a, b); });
}

TEST_F(ChainTest, GradientsInPlaceAreAddedToThoseThatAreThere) {
  const Sequential modules = all_kinds();
  Chain chain(modules);
  const Tensor images = torch::randn({4, 3, 16, 16});
  const auto twice = [&](bool in_place) {
    chain.gradients_in_place(in_place);
    std::vector<Tensor> sums;
    for (const Tensor& parameter : modules->parameters()) parameter.mutable_grad() = torch::ones_like(parameter);
    for (int i = 0; i < 2; ++i) chain.forward(images).square().sum().backward();
    for (const Tensor& parameter : modules->parameters()) sums.push_back(parameter.grad().clone());
    return sums;
  };
  const auto by_autograd = twice(false), in_place = twice(true);
  for (std::size_t i = 0; i < in_place.size(); ++i) EXPECT_TRUE(torch::allclose(in_place[i], by_autograd[i], 1e-4, 1e-3)) << i;
}

TEST_F(ChainTest, AGradientOfAGradientIsRefusedInsteadOfWrong) {
  const Sequential modules = all_kinds();
  const Chain chain(modules);
  const Tensor input = torch::randn({1, 3, 16, 16}).requires_grad_();
  const Tensor sum = chain.forward(input).sum();
  EXPECT_THROW(torch::autograd::grad({sum}, {input}, {}, true, true), std::logic_error);
}

TEST_F(ChainTest, OwnLayoutChangesNoValueThatOthersSee) {
  const Sequential modules = all_kinds();
  std::vector<Tensor> before;
  for (const Tensor& parameter : modules->parameters()) before.push_back(parameter.detach().clone());
  const Chain chain(modules);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(torch::equal(modules->parameters()[i], before[i])) << i;
  EXPECT_EQ(kernels_apply(modules->parameters()[2]), kernels::functions<float>() != nullptr);
}

}  // namespace
}  // namespace irmae::models
