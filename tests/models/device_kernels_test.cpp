// SPDX-License-Identifier: MIT
// The kernels for GPUs, emulated on the CPU, against LibTorch's convolutions in float64.
#include <gtest/gtest.h>
#include <torch/csrc/autograd/function.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>
#include <torch/types.h>

#include "framework/kernels/device.h"
#include "framework/kernels/device/jobs.h"
#include "framework/models/layers/bias.h"
#include "framework/models/layers/chain.h"
#include "framework/models/layers/dense_layer.h"
#include "framework/models/layers/pointwise_layer.h"
#include "framework/models/layers/squared_error.h"
#include "framework/models/layers/strided_layer.h"
#include "framework/training/device_memory.h"
#include "storage/formats/npy.h"
#include "tests/cell_of.h"
#include "tests/contains.h"
#include "tests/distributed/flat.h"
#include "tests/models/emulated_gpu.h"
#include "tests/training/few_steps.h"
#include "tests/training/trained.h"

namespace irmae::kernels {

static void PrintTo(const Product& one, std::ostream* out) {
  *out << (one.kind == Product::nt   ? "nt "
           : one.kind == Product::nn ? "nn "
                                     : "tn ")
       << one.rows << " x " << one.columns << " x " << one.depth;
}

namespace {

using tests::InUse;

struct Case {
  Pair pair;
  int processors;
  const char* tile;
  Arithmetic arithmetic = Arithmetic::float32;
};

const char* name_of(Arithmetic arithmetic) { return arithmetic == Arithmetic::float32 ? "float32" : "tf32"; }

/// What matrix units see of float32 numbers, in float64.
torch::Tensor seen(const torch::Tensor& numbers, Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::float32) return numbers.to(torch::kFloat64);
  return numbers.view(torch::kInt32).add(0x1000).bitwise_and(~0x1fff).view(torch::kFloat32).to(torch::kFloat64);
}

void PrintTo(const Case& one, std::ostream* out) {
  *out << name_of(one.arithmetic) << " " << one.tile << " " << one.pair.batch << " x " << one.pair.height << " x "
       << one.pair.width << ", " << one.pair.fine_channels << " and " << one.pair.coarse_channels << " channels, "
       << one.processors << " processors";
}

/// A base, since members are drawn before a fixture's SetUp.
struct Seeded {
  Seeded() { torch::manual_seed(7); }
};

class OnGpu : Seeded, public ::testing::TestWithParam<Case> {
 protected:
  static torch::Tensor random(std::vector<std::int64_t> shape) { return torch::randn(shape, torch::kFloat32); }
  /// [batch, height, width, channels] of float32 as [batch, channels, height, width] of float64.
  static torch::Tensor planar(const torch::Tensor& map) { return map.permute({0, 3, 1, 2}).to(torch::kFloat64); }
  /// The same of a product's operand.
  static torch::Tensor operand(const torch::Tensor& map) { return seen(map, GetParam().arithmetic).permute({0, 3, 1, 2}); }
  /// What a transposed convolution gives, which is not made by matrix units where the result has few channels.
  torch::Tensor transposed(const torch::Tensor& bias) const {
    const bool few = pair.fine_channels < 4;
    return torch::conv_transpose2d(few ? planar(coarse) : operand(coarse),
                                   few ? weight.permute({3, 2, 0, 1}).to(torch::kFloat64) : plain_weight, bias, 2, 1);
  }
  static void expect_near(const torch::Tensor& mine, const torch::Tensor& wanted) {
    ASSERT_EQ(mine.sizes(), wanted.sizes());
    const double error = (mine.to(torch::kFloat64) - wanted).norm().item<double>() / wanted.norm().item<double>();
    EXPECT_LT(error, 1e-6);
  }
  /// There are no huge tiles for them.
  static bool has_gradients() { return !std::string(GetParam().tile).starts_with("huge"); }
  torch::Tensor scratch(Work work) const {
    return torch::full({kernels.scratch(pair, work)}, std::numeric_limits<float>::quiet_NaN());
  }
  torch::Tensor nothing(const Map& map) const {
    return torch::full({map.batch, map.height, map.width, map.channels}, std::numeric_limits<float>::quiet_NaN());
  }

  const Pair pair = GetParam().pair;
  const DeviceKernels kernels = tests::emulated_kernels(GetParam().processors, GetParam().tile, GetParam().arithmetic);
  const torch::Tensor weight = random({4, 4, pair.fine_channels, pair.coarse_channels});
  /// As Conv2d has it, and ConvTranspose2d.
  const torch::Tensor plain_weight = seen(weight, GetParam().arithmetic).permute({3, 2, 0, 1});
  const torch::Tensor fine = random({pair.batch, 2 * pair.height, 2 * pair.width, pair.fine_channels});
  const torch::Tensor coarse = random({pair.batch, pair.height, pair.width, pair.coarse_channels});
};

TEST_P(OnGpu, DownIsAConvolution) {
  const torch::Tensor bias = random({pair.coarse_channels}), result = nothing(pair.coarse()), room = scratch(Work::down);

  kernels.down(pair, fine.data_ptr<float>(), weight.data_ptr<float>(), {bias.data_ptr<float>(), true, nullptr},
               result.data_ptr<float>(), room.data_ptr<float>());

  expect_near(planar(result), torch::conv2d(operand(fine), plain_weight, bias.to(torch::kFloat64), 2, 1).relu());
}

TEST_P(OnGpu, UpIsATransposedConvolution) {
  const torch::Tensor positive = random(fine.sizes().vec()), result = nothing(pair.fine()), room = scratch(Work::up);

  kernels.up(pair, coarse.data_ptr<float>(), weight.data_ptr<float>(), {nullptr, false, positive.data_ptr<float>()},
             result.data_ptr<float>(), room.data_ptr<float>());

  expect_near(planar(result), transposed({}) * (planar(positive) > 0));
}

TEST_P(OnGpu, UpAddsTheBias) {
  const torch::Tensor bias = random({pair.fine_channels}), result = nothing(pair.fine()), room = scratch(Work::up);

  kernels.up(pair, coarse.data_ptr<float>(), weight.data_ptr<float>(), {bias.data_ptr<float>(), false, nullptr},
             result.data_ptr<float>(), room.data_ptr<float>());

  expect_near(planar(result), transposed(bias.to(torch::kFloat64)));
}

TEST_P(OnGpu, GradientsAreThoseOfTheConvolution) {
  if (!has_gradients()) return;
  torch::Tensor w = plain_weight.clone().set_requires_grad(true);
  const torch::Tensor convolved = torch::conv2d(operand(fine), w, {}, 2, 1);
  convolved.backward(operand(coarse));
  for (const bool of_fine : {false, true}) {
    const torch::Tensor gradient = torch::full_like(weight, std::numeric_limits<float>::quiet_NaN());
    const torch::Tensor bias =
        torch::full({of_fine ? pair.fine_channels : pair.coarse_channels}, std::numeric_limits<float>::quiet_NaN());
    const torch::Tensor room = scratch(Work::weight_gradient);

    const GradientOfStrided both{
        pair, fine.data_ptr<float>(), coarse.data_ptr<float>(), gradient.data_ptr<float>(), bias.data_ptr<float>(), of_fine};
    kernels.now(both, room.data_ptr<float>());

    expect_near(gradient.permute({3, 2, 0, 1}), w.grad());
    expect_near(bias, (of_fine ? planar(fine) : planar(coarse)).sum({0, 2, 3}));
  }
}

TEST_P(OnGpu, GradientsMayBeMadeTogether) {
  torch::Tensor w = plain_weight.clone().set_requires_grad(true);
  torch::conv2d(operand(fine), w, {}, 2, 1).backward(operand(coarse));
  std::vector<torch::Tensor> gradients, biases;
  for (int i = 0; i < 30; ++i) {  // more than one start takes
    const bool of_fine = i % 2 == 1;
    gradients.push_back(torch::full_like(weight, std::numeric_limits<float>::quiet_NaN()));
    biases.push_back(
        torch::full({of_fine ? pair.fine_channels : pair.coarse_channels}, std::numeric_limits<float>::quiet_NaN()));
    const torch::Tensor room = torch::full({kernels.scratch_later(pair)}, std::numeric_limits<float>::quiet_NaN());
    kernels.later(GradientOfStrided{pair, fine.data_ptr<float>(), coarse.data_ptr<float>(), gradients.back().data_ptr<float>(),
                                    biases.back().data_ptr<float>(), of_fine},
                  room.data_ptr<float>(), std::make_shared<torch::Tensor>(room));
  }

  kernels.join();

  for (std::size_t i = 0; i < gradients.size(); ++i) {
    expect_near(gradients[i].permute({3, 2, 0, 1}), w.grad());
    expect_near(biases[i], (i % 2 == 1 ? planar(fine) : planar(coarse)).sum({0, 2, 3}));
  }
}

TEST_P(OnGpu, AGradientNeedsNoBias) {
  if (!has_gradients()) return;
  const torch::Tensor gradient = torch::full_like(weight, std::numeric_limits<float>::quiet_NaN()),
                      room = scratch(Work::weight_gradient);

  kernels.now(
      GradientOfStrided{pair, fine.data_ptr<float>(), coarse.data_ptr<float>(), gradient.data_ptr<float>(), nullptr, false},
      room.data_ptr<float>());

  torch::Tensor w = plain_weight.clone().set_requires_grad(true);
  torch::conv2d(operand(fine), w, {}, 2, 1).backward(operand(coarse));
  expect_near(gradient.permute({3, 2, 0, 1}), w.grad());
}

INSTANTIATE_TEST_SUITE_P(Kernels, OnGpu,
                         ::testing::Values(Case{{2, 3, 5, 3, 32}, 1, "slim"},       // images: few channels, odd sizes
                                           Case{{3, 4, 4, 1, 16}, 8, "slim"},       // in parts, a tile that is not full
                                           Case{{2, 3, 4, 16, 48}, 1000, "small"},  // as many parts as there may be
                                           Case{{3, 2, 2, 32, 64}, 4, "small"}, Case{{3, 5, 3, 48, 144}, 1, "large"},
                                           Case{{2, 3, 5, 3, 32}, 1, "slim", Arithmetic::tf32},
                                           Case{{3, 2, 2, 32, 64}, 4, "small/3", Arithmetic::tf32},
                                           Case{{3, 5, 3, 48, 144}, 16, "huge/3", Arithmetic::tf32}));

class ProductsOnGpu : public ::testing::TestWithParam<Product> {};

TEST_P(ProductsOnGpu, AreProductsAndWhatComesAfter) {
  const Product& product = GetParam();
  const DeviceKernels kernels = tests::emulated_kernels(8);
  torch::manual_seed(5);
  constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();
  const torch::Tensor first = torch::randn(product.kind == Product::tn ? std::vector{product.depth, product.rows}
                                                                       : std::vector{product.rows, product.depth});
  const torch::Tensor second = torch::randn(product.kind == Product::nt ? std::vector{product.columns, product.depth}
                                                                        : std::vector{product.depth, product.columns});
  const std::int64_t channels = product.columns / 2;
  const torch::Tensor bias = torch::randn({channels}), positive = torch::randn({product.rows, product.columns});
  const torch::Tensor result = torch::full({product.rows, product.columns}, kNothing),
                      sums = torch::full({product.rows}, kNothing);
  const torch::Tensor room = torch::full({kernels.scratch(product)}, kNothing);

  kernels.multiply(product, first.data_ptr<float>(), second.data_ptr<float>(),
                   {bias.data_ptr<float>(), true, positive.data_ptr<float>()}, channels,
                   product.kind == Product::tn ? sums.data_ptr<float>() : nullptr, result.data_ptr<float>(),
                   room.data_ptr<float>());

  const torch::Tensor a = first.to(torch::kFloat64), b = second.to(torch::kFloat64);
  const torch::Tensor plain = (product.kind == Product::tn ? a.t() : a).mm(product.kind == Product::nt ? b.t() : b);
  const torch::Tensor wanted = (plain + bias.repeat({2}).to(torch::kFloat64)).relu() * (positive > 0);
  EXPECT_LT((result.to(torch::kFloat64) - wanted).norm().item<double>(), 1e-6 * wanted.norm().item<double>());
  if (product.kind == Product::tn) {
    EXPECT_LT((sums.to(torch::kFloat64) - a.sum(0)).abs().max().item<double>(), 1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, ProductsOnGpu,
                         ::testing::Values(Product{Product::nt, 32, 32, 1024}, Product{Product::nt, 7, 132, 20},
                                           Product{Product::nn, 32, 64, 256}, Product{Product::nn, 70, 8, 36},
                                           Product{Product::tn, 32, 1024, 32}, Product{Product::tn, 72, 68, 210}));

TEST(DeviceSteps, TakeRowsAndKeepLosses) {
  const DeviceKernels kernels = tests::emulated_kernels(1);
  const torch::Tensor from = torch::arange(7 * 5, torch::kFloat32).view({7, 5}), to = torch::zeros({2, 5});
  torch::Tensor row = torch::full({1}, 3, torch::kInt64), number = torch::full({1}, 1, torch::kInt64);
  torch::Tensor losses = torch::zeros({3, 2}, torch::kFloat64);
  const torch::Tensor objective = torch::full({}, 1.5F), reconstruction = torch::full({}, 2.5F);

  kernels.take_rows(from.data_ptr<float>(), row.data_ptr<std::int64_t>(), 5, to.data_ptr<float>(), 10);
  kernels.keep_losses(objective.data_ptr<float>(), reconstruction.data_ptr<float>(), losses.data_ptr<double>(),
                      number.data_ptr<std::int64_t>(), row.data_ptr<std::int64_t>(), 2);

  EXPECT_TRUE(torch::equal(to, from.narrow(0, 3, 2)));
  EXPECT_TRUE(torch::equal(losses, torch::tensor({{0.0, 0.0}, {1.5, 2.5}, {0.0, 0.0}}, torch::kFloat64)));
  EXPECT_EQ(row.item<std::int64_t>(), 5);
  EXPECT_EQ(number.item<std::int64_t>(), 2);
}

TEST(DeviceSteps, GiveTheSquaredErrorAndItsGradient) {
  const DeviceKernels kernels = tests::emulated_kernels(4);
  for (const std::int64_t elements : {5, 70'001}) {
    torch::manual_seed(4);
    const torch::Tensor a = torch::randn({elements}), b = torch::randn({elements}), result = torch::zeros({}),
                        gradient = torch::zeros({elements});
    const torch::Tensor room = torch::zeros({DeviceKernels::kErrorBlocks}), of_result = torch::full({}, 3.0F);

    kernels.squared_error(a.data_ptr<float>(), b.data_ptr<float>(), elements, 0.5F, result.data_ptr<float>(),
                          room.data_ptr<float>());
    kernels.squared_error_gradient(a.data_ptr<float>(), b.data_ptr<float>(), elements, 0.5F, of_result.data_ptr<float>(),
                                   gradient.data_ptr<float>());

    const double wanted = 0.5 * (a - b).to(torch::kFloat64).square().sum().item<double>();
    EXPECT_NEAR(result.item<double>(), wanted, 1e-5 * wanted);
    EXPECT_TRUE(torch::allclose(gradient, 3 * (a - b), 1e-6, 1e-6));
  }
}

TEST(DenseLayers, AreLeftToLibTorchWhereAGridOfBlocksIsTooNarrow) {
  const DeviceKernels kernels = tests::emulated_kernels(8);
  const InUse in_use(kernels);
  const torch::Tensor one = torch::zeros({});  // as a weight of any size: only that is asked
  const auto multiply = [&](std::int64_t columns) {
    kernels.multiply({Product::nt, 1, columns, 4}, nullptr, nullptr, {}, columns, nullptr, nullptr, nullptr);
  };

  EXPECT_TRUE(models::dense_applies(one.expand({4, kMostColumns}), 1));
  EXPECT_TRUE(models::dense_applies(one.expand({kMostColumns, 4}), 1));
  EXPECT_FALSE(models::dense_applies(one.expand({4, kMostColumns + 4}), 1));
  EXPECT_FALSE(models::dense_applies(one.expand({kMostColumns + 4, 4}), 1));
  EXPECT_EQ(device_plan(Product{Product::nt, 1, kMostColumns, 4}, {132, 227 * 1024}).by, 65'535);
  EXPECT_THROW(multiply(kMostColumns + 4), std::logic_error);
}

TEST(DenseLayers, GiveTheGradientsOfLinearLayers) {
  const DeviceKernels kernels = tests::emulated_kernels(8);
  const InUse in_use(kernels);
  torch::manual_seed(2);
  for (const bool transposed : {false, true}) {
    for (const bool relu : {false, true}) {
      const std::int64_t inputs = 20, outputs = 12;
      const auto leaf = [](const torch::Tensor& tensor) { return tensor.clone().set_requires_grad(true); };
      torch::Tensor x = leaf(torch::randn({7, inputs})), bias = leaf(torch::randn({transposed ? outputs / 2 : outputs}));
      torch::Tensor weight = leaf(transposed ? torch::randn({inputs, outputs}) : torch::randn({outputs, inputs}));
      torch::Tensor x2 = leaf(x.detach()), weight2 = leaf(weight.detach()), bias2 = leaf(bias.detach());
      ASSERT_TRUE(models::dense_applies(weight, 7));
      const torch::Tensor view = torch::full_like(weight.detach(), 9);

      const torch::Tensor y = models::apply(
          models::DenseLayer{{.transposed = transposed, .weight = weight, .bias = bias, .relu = relu, .weight_view = view}}, x);
      torch::Tensor wanted = (transposed ? x2.mm(weight2) : x2.mm(weight2.t())) + (transposed ? bias2.repeat({2}) : bias2);
      if (relu) wanted = wanted.relu();
      const torch::Tensor gradient = torch::randn({7, outputs});
      y.backward(gradient);
      wanted.backward(gradient);
      kernels.join();

      EXPECT_TRUE(torch::allclose(y, wanted, 1e-5, 1e-5));
      EXPECT_TRUE(torch::allclose(x.grad(), x2.grad(), 1e-5, 1e-5));
      EXPECT_TRUE(torch::allclose(weight.grad(), weight2.grad(), 1e-5, 1e-5));
      EXPECT_TRUE(torch::allclose(bias.grad(), bias2.grad(), 1e-5, 1e-5));
      EXPECT_TRUE(weight.grad().is_same(view)) << "the gradient was not put where it belongs";
    }
  }
}

TEST(DenseLayers, ForgetTheGradientsOfAStepThatFailed) {
  const DeviceKernels kernels = tests::emulated_kernels(8);
  const InUse in_use(kernels);
  torch::manual_seed(2);
  torch::Tensor weight = torch::randn({8, 8}).set_requires_grad(true);
  const torch::Tensor x = torch::randn({5, 8}), view = torch::full({8, 8}, 7.0F);

  models::apply(models::DenseLayer{{.weight = weight, .weight_view = view}}, x).sum().backward();
  kernels.forget();
  kernels.join();

  EXPECT_TRUE(torch::equal(view, torch::full({8, 8}, 7.0F))) << "a gradient of it was still made";
}

TEST(DenseLayers, AddUpWhereAWeightIsUsedTwice) {
  const DeviceKernels kernels = tests::emulated_kernels(8);
  const InUse in_use(kernels);
  torch::manual_seed(2);
  torch::Tensor weight = torch::randn({8, 8}).set_requires_grad(true),
                weight2 = weight.detach().clone().set_requires_grad(true);
  const torch::Tensor x = torch::randn({5, 8}), view = torch::full({8, 8}, 7.0F);
  const models::DenseLayer layer{{.weight = weight, .weight_view = view}};

  models::apply(layer, models::apply(layer, x)).sum().backward();
  x.mm(weight2.t()).mm(weight2.t()).sum().backward();

  EXPECT_TRUE(torch::allclose(weight.grad(), weight2.grad(), 1e-4, 1e-4));
}

TEST(StridedLayers, LeaveAFrozenBiasWithoutAGradient) {
  const DeviceKernels kernels = tests::emulated_kernels(3);
  const InUse in_use(kernels);
  torch::manual_seed(2);
  for (const bool transposed : {false, true}) {
    torch::Tensor weight = torch::randn({4, 4, 16, 32}).permute({3, 2, 0, 1}).set_requires_grad(true),
                  weight2 = weight.detach().to(torch::kFloat64).set_requires_grad(true);
    const torch::Tensor bias = torch::randn({transposed ? 16 : 32}), bias_view = torch::full_like(bias, 9),
                        map = torch::randn({2, 4, 6, transposed ? 32 : 16});

    const torch::Tensor mine = models::apply(models::StridedLayer{{.transposed = transposed,
                                                                   .weight = weight,
                                                                   .bias = bias,
                                                                   .weight_view = torch::empty_like(weight.detach()),
                                                                   .bias_view = bias_view}},
                                             map);
    const torch::Tensor gradient = torch::randn_like(mine), images = map.permute({0, 3, 1, 2}).to(torch::kFloat64);
    mine.backward(gradient);
    kernels.join();
    (transposed ? torch::conv_transpose2d(images, weight2, {}, 2, 1) : torch::conv2d(images, weight2, {}, 2, 1))
        .backward(gradient.permute({0, 3, 1, 2}).to(torch::kFloat64));

    EXPECT_FALSE(bias.grad().defined());
    EXPECT_TRUE(torch::equal(bias_view, torch::full_like(bias, 9))) << "a gradient was made all the same";
    EXPECT_TRUE(torch::allclose(weight.grad().to(torch::kFloat64), weight2.grad(), 1e-4, 1e-4));
  }
}

TEST(Biases, AreAddedAndHaveGradients) {
  const DeviceKernels kernels = tests::emulated_kernels(3);
  const InUse in_use(kernels);
  torch::manual_seed(4);
  for (const bool bfloat16 : {false, true}) {
    for (const bool relu : {false, true}) {
      for (const std::int64_t channels : {12, 128, 1028}) {
        const auto leaf = [](const torch::Tensor& tensor) { return tensor.clone().set_requires_grad(true); };
        const torch::Tensor numbers = torch::randn({3, channels, 5, 4}).contiguous(at::MemoryFormat::ChannelsLast);
        torch::Tensor map = leaf(bfloat16 ? numbers.to(torch::kBFloat16) : numbers), bias = leaf(torch::randn({channels}));
        torch::Tensor map2 = leaf(map.detach().to(torch::kFloat64)), bias2 = leaf(bias.detach().to(torch::kFloat64));

        const torch::Tensor mine = models::add_bias(map, bias, relu);
        const torch::Tensor gradient = torch::randn_like(mine);
        mine.backward(gradient);
        const torch::Tensor sum = map2 + bias2.view({-1, 1, 1}), wanted = relu ? sum.relu() : sum;
        wanted.backward(gradient.to(torch::kFloat64));

        const double most = bfloat16 ? 0.01 : 1e-5;
        EXPECT_EQ(mine.scalar_type(), map.scalar_type());
        EXPECT_TRUE(torch::allclose(mine.to(torch::kFloat64), wanted, most, most)) << channels;
        EXPECT_TRUE(torch::equal(map.grad().to(torch::kFloat64), map2.grad())) << channels;
        EXPECT_TRUE(torch::allclose(bias.grad().to(torch::kFloat64), bias2.grad(), 1e-5, 1e-4)) << channels;
      }
    }
  }
}

TEST(SquaredErrors, AreOneKernelsWorkHoweverASingleChannelIsCounted) {
  const DeviceKernels kernels = tests::emulated_kernels(3);
  const InUse in_use(kernels);
  torch::manual_seed(4);
  const torch::Tensor images = torch::randn({3, 1, 5, 4});
  const torch::Tensor decoded = torch::randn({3, 5, 4, 1}).permute({0, 3, 1, 2}).set_requires_grad(true);
  ASSERT_NE(decoded.strides(), images.strides());

  const torch::Tensor mine = models::squared_error(decoded, images, 3);
  mine.backward();

  EXPECT_CONTAINS(mine.grad_fn()->name(), "OnDevice");
  EXPECT_NEAR(mine.item<double>(), (decoded - images).square().sum().item<double>() / 3, 1e-5);
  EXPECT_TRUE(torch::allclose(decoded.grad(), 2 * (decoded - images) / 3, 1e-5, 1e-6));
}

TEST(SquaredErrors, CompareNumbersOfOnePlaceHoweverTheyLie) {
  const DeviceKernels kernels = tests::emulated_kernels(3);
  const InUse in_use(kernels);
  torch::manual_seed(4);
  const torch::Tensor images = torch::randn({3, 2, 5, 4}), decoded = torch::randn({3, 5, 4, 2}).permute({0, 3, 1, 2});

  EXPECT_NEAR(models::squared_error(decoded, images, 3).item<double>(), (decoded - images).square().sum().item<double>() / 3,
              1e-5);
}

TEST(ChannelsLast, GiveWhatTheModulesGive) {
  using torch::nn::Conv2dOptions, torch::nn::ConvTranspose2dOptions;
  const auto make = [] {
    torch::manual_seed(6);
    return torch::nn::Sequential(torch::nn::Conv2d(Conv2dOptions(3, 16, 4).stride(2).padding(1)), torch::nn::ReLU(),
                                 torch::nn::Conv2d(Conv2dOptions(16, 32, 4).stride(2).padding(1)), torch::nn::ReLU(),
                                 torch::nn::Conv2d(Conv2dOptions(32, 20, 4)),
                                 torch::nn::ConvTranspose2d(ConvTranspose2dOptions(20, 32, 4)), torch::nn::ReLU(),
                                 torch::nn::ConvTranspose2d(ConvTranspose2dOptions(32, 16, 4).stride(2).padding(1)),
                                 torch::nn::ReLU(), torch::nn::ConvTranspose2d(ConvTranspose2dOptions(16, 3, 1)));
  };
  torch::nn::Sequential plain = make(), mine = make();
  const DeviceKernels kernels = tests::emulated_kernels(3);
  const torch::Tensor images = torch::randn({2, 3, 16, 16}), gradient = torch::randn({2, 3, 8, 8});
  const torch::Tensor wanted = plain->forward(images);
  wanted.backward(gradient);

  const InUse in_use(kernels);
  models::Chain chain(mine);
  chain.channels_last();
  const torch::Tensor result = chain.forward(images.contiguous(at::MemoryFormat::ChannelsLast));
  result.backward(gradient);

  EXPECT_TRUE(torch::allclose(result, wanted, 1e-4, 1e-5));
  for (std::size_t i = 0; i < plain->parameters().size(); ++i)
    EXPECT_TRUE(torch::allclose(mine->parameters()[i].grad(), plain->parameters()[i].grad(), 1e-4, 1e-4)) << i;
  EXPECT_EQ(chain.forward(torch::zeros({0, 3, 16, 16})).sizes(), (std::vector<std::int64_t>{0, 3, 8, 8}));
}

TEST(DeviceChain, TakesPartsOfLongerVectorsAndNothingAtAll) {
  const auto make = [] {
    torch::manual_seed(6);
    return torch::nn::Sequential(torch::nn::Linear(8, 16), torch::nn::ReLU(), torch::nn::Linear(16, 12));
  };
  torch::nn::Sequential plain = make(), mine = make();
  const torch::Tensor half = torch::randn({3, 16}).chunk(2, 1)[0];
  const torch::Tensor wanted = plain->forward(half);

  const DeviceKernels kernels = tests::emulated_kernels(3);
  const InUse in_use(kernels);
  models::Chain chain(mine);
  chain.use_device_kernels();

  EXPECT_TRUE(torch::allclose(chain.forward(half), wanted, 1e-5, 1e-5));
  EXPECT_EQ(chain.forward(torch::zeros({0, 8})).sizes(), (std::vector<std::int64_t>{0, 12}));
}

struct Method {
  const char* name;
  const char* network = "auto";
};
void PrintTo(const Method& one, std::ostream* out) { *out << one.name << ", " << one.network; }

/// A cell trained as on a GPU agrees with one trained on the CPU.
void expect_the_cpus_numbers(const manifest::Cell& cell) {
  const auto alone = distributed::make_single();
  const tests::Trained wanted = tests::train(cell, *alone, {});
  const DeviceKernels kernels = tests::emulated_kernels(16);
  const InUse in_use(kernels);

  const tests::Trained mine = tests::train(cell, *alone, {torch::kCPU, /*in_blocks=*/true});

  EXPECT_NEAR(mine.history.back().train_loss, wanted.history.back().train_loss, 1e-5);
  EXPECT_NEAR(mine.history.back().validation_loss, wanted.history.back().validation_loss, 1e-5);
  // Nearly all: where a gradient is almost nothing, Adam makes a whole step of its rounding.
  EXPECT_LT((mine.weights - wanted.weights).abs().gt(1e-5).to(torch::kFloat32).mean().item<double>(), 1e-3);
}

class EmulatedTraining : public ::testing::TestWithParam<Method> {};

TEST_P(EmulatedTraining, GivesTheCpusNumbers) {
  std::vector<std::string> settings{std::string("model.method='") + GetParam().name + "'",
                                    std::string("model.network='") + GetParam().network + "'",
                                    "train.batch=2",
                                    "train.epochs=1",
                                    "train.learning_rate=1e-3",
                                    "data.train_size=4",
                                    "data.validation_size=2",
                                    "evaluate.train_latents=0"};
  // Four samples say which directions these are, but not which more of them would be.
  if (std::string(GetParam().name) == "rrae") settings.push_back("model.rank_max=1");
  expect_the_cpus_numbers(tests::cell_of(settings));
}

TEST(EmulatedTrainings, OfMnistsNetworkGivesTheCpusNumbers) {
  const tests::TemporaryFolder folder;
  torch::manual_seed(1);
  const torch::Tensor images = torch::rand({6, 1, 32, 32});
  storage::write_npy(folder / "images.npy",
                     {.name = "images",
                      .shape = images.sizes().vec(),
                      .values = std::vector<float>(images.data_ptr<float>(), images.data_ptr<float>() + images.numel())});

  expect_the_cpus_numbers(
      tests::cell_of({"data.name='array'", "data.file='" + (folder / "images.npy").string() + "'", "data.channels='first'",
                      "data.validation_share=0.4", "model.method='irmae'", "model.network='mnist'", "model.latent=16",
                      "train.batch=2", "train.epochs=1", "train.learning_rate=1e-3", "data.train_size=4",
                      "data.validation_size=2", "evaluate.train_latents=0"}));
}

/// Of each way in which layers meet what these kernels do not know: a shared matrix, a decoder of other layers, a gradient of
/// the parameters themselves. Methods that differentiate gradients (cae, rae) have LibTorch's layers alone.
INSTANTIATE_TEST_SUITE_P(Methods, EmulatedTraining,
                         ::testing::Values(Method{"irmae-shared"}, Method{"vae", "conv"}, Method{"rrae", "conv"},
                                           Method{"least-volume"}, Method{"lorae", "conv"}));

TEST(DeviceAdam, IsTheRule) {
  const DeviceKernels kernels = tests::emulated_kernels(1);
  constexpr std::int64_t kCount = 4099;  // no multiple of four
  for (const bool decoupled : {false, true}) {
    const AdamRule rule{.rate = 0.01, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8, .decay = 0.1, .decoupled = decoupled};
    torch::manual_seed(3);
    torch::Tensor values = torch::randn({kCount}), first = torch::zeros({kCount}), second = torch::zeros({kCount});
    torch::Tensor v = values.to(torch::kFloat64), m = first.to(torch::kFloat64), s = second.to(torch::kFloat64);
    for (int update = 1; update <= 3; ++update) {
      const torch::Tensor gradients = torch::randn({kCount}), number = torch::full({1}, static_cast<float>(update));

      kernels.adam(rule, number.data_ptr<float>(), values.data_ptr<float>(), first.data_ptr<float>(), second.data_ptr<float>(),
                   {{gradients.data_ptr<float>(), 0, kCount}});

      torch::Tensor g = gradients.to(torch::kFloat64);
      if (decoupled) v = v * (1 - rule.rate * rule.decay);
      if (!decoupled) g = g + rule.decay * v;
      m = rule.beta1 * m + (1 - rule.beta1) * g;
      s = rule.beta2 * s + (1 - rule.beta2) * g * g;
      v = v - rule.rate * (m / (1 - std::pow(rule.beta1, update))) /
                  ((s / (1 - std::pow(rule.beta2, update))).sqrt() + rule.epsilon);
    }
    EXPECT_LT((values.to(torch::kFloat64) - v).abs().max().item<double>(), 1e-5) << decoupled;
  }
}

TEST(DeviceAdam, ReadsGradientsInPiecesAsInOne) {
  const DeviceKernels kernels = tests::emulated_kernels(1);
  constexpr std::int64_t kCount = 40'000;
  constexpr AdamRule kRule{.rate = 0.01, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8, .decay = 0.1, .decoupled = true};
  torch::manual_seed(5);
  torch::Tensor start = torch::zeros({kCount}), gradients = torch::zeros({kCount});  // zero between the pieces, too
  std::vector<torch::Tensor> made;
  std::vector<PieceOfGradients> pieces;
  for (std::int64_t first = 16, count = 1; first + count <= kCount; first += (count + 15) / 16 * 16, count += 17) {
    start.narrow(0, first, count).normal_();
    made.push_back(torch::randn({count}));
    gradients.narrow(0, first, count).copy_(made.back());
    pieces.push_back({made.back().data_ptr<float>(), first, count});
  }
  EXPECT_GT(pieces.size(), 64U);  // more than one start of the kernel takes
  const auto updated = [&](const std::vector<PieceOfGradients>& by) {
    torch::Tensor values = start.clone(), first = torch::zeros({kCount}), second = torch::zeros({kCount});
    for (const float update : {1.0F, 2.0F})
      kernels.adam(kRule, &update, values.data_ptr<float>(), first.data_ptr<float>(), second.data_ptr<float>(), by);
    return torch::cat({values, first, second});
  };

  EXPECT_TRUE(torch::equal(updated(pieces), updated({{gradients.data_ptr<float>(), 0, kCount}})));
}

class AtOnce final : public distributed::SideStream {
 public:
  explicit AtOnce(int& started, int& joined) : started_(started), joined_(joined) {}
  void start(const std::function<void()>& work) override { ++started_, work(); }
  void join() override { ++joined_; }

 private:
  int &started_, &joined_;
};

/// Gradients that own kernels put in their places, those of LibTorch's layers, and sums of a shared matrix's.
TEST(EmulatedSteps, GiveTheSameBitsWithGradientsWhereTheyWereMade) {
  const DeviceKernels kernels = tests::emulated_kernels(16);
  const InUse in_use(kernels);
  for (const auto& [method, network] : {std::pair{"irmae-shared", "auto"}, std::pair{"vae", "conv"}}) {
    const manifest::Cell cell =
        tests::cell_of({"model.method='" + std::string(method) + "'", "model.network='" + std::string(network) + "'",
                        "train.batch=2", "train.weight_decay=0.1"});
    int started = 0, joined = 0;
    const auto after_steps = [&](tests::Layers layers, tests::Gradients gradients) {
      return tests::after_few_steps(cell, torch::kCPU, layers, gradients, std::make_unique<AtOnce>(started, joined));
    };
    for (const tests::Layers layers : {tests::Layers::own, tests::Layers::libtorch}) {
      const torch::Tensor gathered = after_steps(layers, tests::Gradients::gathered);
      EXPECT_TRUE(torch::equal(after_steps(layers, tests::Gradients::left), gathered)) << method;
      if (layers == tests::Layers::own) continue;  // they make all gradients together, at the end
      EXPECT_TRUE(torch::equal(after_steps(layers, tests::Gradients::used_at_once), gathered)) << method;
    }
    EXPECT_EQ(joined, 2) << "once for each step";
    EXPECT_GT(started, 2 * joined) << "several buckets";
  }
}

TEST(EmulatedSteps, WaitForTheUpdatesOfOneThatFailed) {
  const DeviceKernels kernels = tests::emulated_kernels(16);
  const InUse in_use(kernels);
  torch::Tensor weight = torch::ones({64}, torch::requires_grad());
  const auto alone = distributed::make_single();
  int started = 0, joined = 0;
  distributed::GradientBuffer gradients(tests::flat({{"weight", weight}}), *alone);
  training::Adam adam(tests::cell_of({"train.learning_rate=0.1"}), gradients.parameters().values(), gradients.flat());
  training::OverlappedUpdate update(adam, std::make_unique<AtOnce>(started, joined));
  distributed::Reducer reducer(gradients, *alone, update.reducer_options());

  reducer.begin(1);
  weight.square().sum().backward();  // and nobody comes to its end
  EXPECT_EQ(joined, 0);
  reducer.begin(2);
  EXPECT_EQ(joined, 1);
  weight.square().sum().backward();
  reducer.finish_on_device();
  update.end();

  EXPECT_EQ(joined, 2);
  EXPECT_EQ(started, 2);
  EXPECT_EQ(adam.updates(), 2);
}

TEST(EmulatedTrainer, HoldsNoGradientsAfterItsUpdates) {
  const manifest::Cell cell = tests::cell_of({"model.method='vae'", "model.network='conv'", "train.batch=2", "train.epochs=1",
                                              "data.train_size=4", "data.validation_size=2", "evaluate.train_latents=0"});
  const DeviceKernels kernels = tests::emulated_kernels(16);
  const InUse in_use(kernels);
  const auto alone = distributed::make_single();
  const auto dataset = data::open(cell);
  training::Trainer trainer(cell, *dataset, *alone, {torch::kCPU, /*in_blocks=*/true});

  trainer.run({});

  for (const torch::Tensor& parameter : trainer.model().autoencoder().parameters()) EXPECT_FALSE(parameter.grad().defined());
}

constexpr DeviceLimits kH100{132, 227 * 1024};

/// Keeps what it is told to start, and starts nothing.
class Listener : public Device {
 public:
  DeviceLimits limits() const override { return kH100; }
  void launch(const std::string& kernel, Grid, std::vector<void*> arguments, unsigned) override {
    ++launches;
    if (kernel == "gradients") tasks = *static_cast<device::Tasks*>(arguments.front());
  }
  const void* stream() const override { return this; }
  unsigned* counters() override { return none.data(); }

  int launches = 0;
  device::Tasks tasks{};
  std::vector<unsigned> none = std::vector<unsigned>(kCounters);
};

/// Has no memory for the first kernel that it is told to start.
class FullAtFirst final : public Listener {
 public:
  void launch(const std::string& kernel, Grid grid, std::vector<void*> arguments, unsigned shared_bytes) override {
    Listener::launch(kernel, grid, std::move(arguments), shared_bytes);
    if (launches == 1) throw c10::OutOfMemoryError({}, "cuModuleGetFunction failed: out of memory");
  }
};

TEST(SearchForABatchThatFits, StartsTheProjectsOwnKernels) {
  const auto device = std::make_shared<FullAtFirst>();
  const DeviceKernels kernels(device);
  const InUse in_use(kernels);
  const manifest::Cell cell = tests::cell_of({"train.batch=8", "data.train_size=8", "data.validation_size=2"});

  const std::string told = training::does_not_fit(cell, *data::open(cell), {}, *distributed::make_single());

  EXPECT_CONTAINS(told, "train.batch=2 would fit");  // four samples were refused
  EXPECT_GT(device->launches, 2) << "forward and backward of two samples";
}

TEST(GradientsTogether, StartWithTheLongestOnes) {
  const auto listener = std::make_shared<Listener>();
  const DeviceKernels kernels(listener);
  const auto later = [&](const Pair& pair) {
    kernels.later(GradientOfStrided{pair, nullptr, nullptr, nullptr, nullptr, false}, nullptr, nullptr);
  };
  later({32, 2, 2, 128, 256});
  later({32, 16, 16, 3, 32});
  later({32, 8, 8, 32, 64});

  kernels.join();

  ASSERT_EQ(listener->tasks.count, 3);
  const device::Task* const task = listener->tasks.task;
  EXPECT_EQ(task[0].strided.fine_channels, 3);
  EXPECT_EQ(task[1].strided.fine_channels, 32);
  EXPECT_EQ(task[2].strided.fine_channels, 128);
  EXPECT_EQ(task[0].first, 0);
  EXPECT_EQ(task[1].first, task[0].across * task[0].by * task[0].strided.splits);
}

/// Autograd's thread is another one on a GPU, which nobody told how to multiply.
TEST(Layers, MultiplyInBackwardAsInForward) {
  const auto float32 = std::make_shared<Listener>(), tf32 = std::make_shared<Listener>();
  const DeviceKernels of_float32(float32), of_tf32(tf32);
  const InUse in_use(of_float32), in_use_too(of_tf32, Arithmetic::tf32);
  const auto leaf = [](std::vector<std::int64_t> shape) { return torch::zeros(shape, torch::requires_grad()); };
  const std::map<std::string, std::function<torch::Tensor()>> layers{
      {"dense",
       [&] {
         return models::apply(models::DenseLayer{{.weight = leaf({8, 12})}}, leaf({3, 12}));
       }},
      {"pointwise",
       [&] {
         return models::apply(models::PointwiseLayer{{.weight = leaf({3, 8, 1, 1})}}, leaf({2, 5, 4, 8}));
       }},
      {"strided",
       [&] {
         const torch::Tensor weight = torch::zeros({4, 4, 16, 32}).permute({3, 2, 0, 1}).set_requires_grad(true);
         return models::apply(models::StridedLayer{{.weight = weight}}, leaf({2, 4, 6, 16}));
       }},
      {"bias", [&] {
         return models::add_bias(leaf({2, 5, 4, 8}).permute({0, 3, 1, 2}), leaf({8}), /*relu=*/true);
       }}};
  for (const auto& [name, layer] : layers) {
    const torch::Tensor result = [&forward = layer] {
      const Multiplying as_told(Arithmetic::tf32);
      return forward();
    }();
    const int in_forward = tf32->launches;

    result.backward(torch::ones_like(result));

    EXPECT_GT(tf32->launches, in_forward) << name;
    EXPECT_EQ(float32->launches, 0) << name;
    EXPECT_EQ(Multiplying::now(), Arithmetic::float32) << name;
  }
}

TEST(DevicePlan, GivesEveryProcessorWorkWhereItCan) {
  for (const Pair& pair : {Pair{32, 16, 16, 3, 32}, Pair{32, 8, 8, 32, 64}, Pair{32, 4, 4, 64, 128}, Pair{32, 2, 2, 128, 256},
                           Pair{32, 32, 32, 3, 128}, Pair{32, 4, 4, 512, 1024}, Pair{1000, 16, 16, 3, 32}}) {
    for (const Work work : {Work::down, Work::up, Work::weight_gradient}) {
      const DevicePlan plan = device_plan(pair, work, kH100);
      const std::int64_t depth = work == Work::down ? 16 * pair.fine_channels
                                 : work == Work::up ? 4 * pair.coarse_channels
                                                    : pair.batch * pair.height * pair.width;
      if (std::string(plan.tile) == "few") continue;  // a thread for each place
      EXPECT_GE(std::int64_t{plan.splits} * plan.chunk, depth);
      EXPECT_LT(std::int64_t{plan.splits - 1} * plan.chunk, depth) << "a part without work";
      EXPECT_EQ(plan.chunk % device::kDepth, 0);
      EXPECT_TRUE(plan.across * plan.by * plan.classes * plan.splits >= 96 || plan.splits == 64 || plan.chunk <= 160)
          << plan.tile << " " << plan.across << " x " << plan.by << ", " << plan.splits << " parts of " << plan.chunk;
    }
  }
}

TEST(DevicePlan, TakesLittleMemoryAndFewCountersForAnyBatch) {
  for (const std::int64_t batch : {1, 32, 128, 1000, 4096}) {
    for (const Pair& pair : {Pair{batch, 16, 16, 3, 32}, Pair{batch, 32, 32, 128, 256}, Pair{batch, 16, 16, 256, 512},
                             Pair{batch, 4, 4, 512, 1024}, Pair{batch, 64, 64, 32, 64}, Pair{batch, 1, 1, 2048, 4096}}) {
      for (const Work work : {Work::down, Work::up, Work::weight_gradient}) {
        const DevicePlan plan = device_plan(pair, work, kH100);
        EXPECT_LE(plan.scratch, std::int64_t{32} << 20) << plan.tile << ", " << plan.splits << " parts";
        EXPECT_TRUE((plan.splits == 1 && work != Work::weight_gradient) || plan.tiles() <= kMostTiles) << plan.tiles();
      }
    }
  }
}

TEST(DevicePlan, KeepsToTheSharedMemoryOfABlock) {
  constexpr DeviceLimits kSmaller{40, 99 * 1024};  // compute capability 8.6 or 8.9
  for (const Work work : {Work::down, Work::up, Work::weight_gradient}) {
    EXPECT_GT(device_plan({1000, 16, 16, 256, 512}, Work::down, kH100).shared_bytes, kSmaller.shared_bytes);
    EXPECT_LE(device_plan({1000, 16, 16, 256, 512}, work, kSmaller).shared_bytes, kSmaller.shared_bytes);
  }
}

TEST(DevicePlan, RefusesATileThatItDoesNotKnow) {
  EXPECT_THROW(device_plan({32, 4, 4, 64, 128}, Work::down, kH100, "enormous/2"), std::logic_error);
  EXPECT_THROW(device_plan({32, 4, 4, 64, 128}, Work::weight_gradient, kH100, "huge"), std::logic_error);
}

}  // namespace
}  // namespace irmae::kernels
