// SPDX-License-Identifier: MIT
// Convolutions of 1 x 1 to few channels by the project's own kernels, emulated on the CPU, against LibTorch's in float64.
#include <ATen/record_function.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>

#include "framework/models/layers/chain.h"
#include "framework/models/layers/pointwise_layer.h"
#include "tests/contains.h"
#include "tests/models/emulated_gpu.h"

namespace irmae::models {
namespace {

torch::Tensor leaf(const torch::Tensor& tensor) { return tensor.detach().clone().set_requires_grad(true); }
torch::Tensor exact(const torch::Tensor& tensor) { return leaf(tensor.detach().to(torch::kFloat64)); }

double error(const torch::Tensor& mine, const torch::Tensor& wanted) {
  return ((mine.to(torch::kFloat64) - wanted).norm() / wanted.norm()).item<double>();
}

struct Case {
  std::int64_t channels, outputs;
  std::vector<std::int64_t> places;  // batch, height, width
  int processors;
  bool transposed, bias, after_relu;
};

void PrintTo(const Case& one, std::ostream* out) {
  *out << one.channels << " to " << one.outputs << " channels, " << c10::multiply_integers(one.places) << " places, "
       << one.processors << " processors" << (one.transposed ? ", transposed" : "") << (one.bias ? ", bias" : "")
       << (one.after_relu ? ", after a ReLU" : "");
}

class Pointwise : public ::testing::TestWithParam<Case> {};

TEST_P(Pointwise, GivesTheConvolutionAndItsGradients) {
  const Case& one = GetParam();
  const kernels::DeviceKernels kernels = tests::emulated_kernels(one.processors);
  const tests::InUse in_use(kernels);
  torch::manual_seed(3);
  const torch::Tensor values = torch::randn({one.places[0], one.places[1], one.places[2], one.channels});
  torch::Tensor map = leaf(one.after_relu ? values.relu() : values), map2 = exact(values.permute({0, 3, 1, 2}));
  torch::Tensor weight =
      leaf(one.transposed ? torch::randn({one.channels, one.outputs, 1, 1}) : torch::randn({one.outputs, one.channels, 1, 1}));
  torch::Tensor weight2 = exact(weight), bias, bias2;
  if (one.bias) bias = leaf(torch::randn({one.outputs})), bias2 = exact(bias);
  const torch::Tensor view = torch::full_like(weight.detach(), 9);
  ASSERT_TRUE(pointwise_applies(weight, one.transposed));

  const torch::Tensor mine = apply(
      PointwiseLayer{
          {.transposed = one.transposed, .weight = weight, .bias = bias, .after_relu = one.after_relu, .weight_view = view}},
      map);
  const torch::Tensor gradient = torch::randn(mine.sizes());
  mine.backward(gradient);
  const torch::Tensor before = one.after_relu ? map2.relu() : map2;
  const torch::Tensor wanted =
      one.transposed ? torch::conv_transpose2d(before, weight2, bias2) : torch::conv2d(before, weight2, bias2);
  wanted.backward(gradient.permute({0, 3, 1, 2}).to(torch::kFloat64));

  EXPECT_LT(error(mine.permute({0, 3, 1, 2}), wanted), 1e-6);
  EXPECT_LT(error(map.grad().permute({0, 3, 1, 2}), map2.grad()), 1e-6);
  EXPECT_LT(error(weight.grad(), weight2.grad()), 1e-6);
  EXPECT_TRUE(weight.grad().is_same(view)) << "the gradient was not put where it belongs";
  if (one.bias) {
    EXPECT_LT(error(bias.grad(), bias2.grad()), 1e-6);
  }
}

/// Places by the hundreds for each block and fewer than one asks for, blocks of one group and of several.
INSTANTIATE_TEST_SUITE_P(
    Layers, Pointwise,
    ::testing::Values(Case{32, 1, {3, 37, 19}, 1, true, true, true}, Case{32, 1, {1, 1, 1}, 4, true, false, false},
                      Case{48, 3, {3, 37, 19}, 30, true, true, true}, Case{4, 3, {5, 21, 33}, 2, false, true, false},
                      Case{1024, 4, {3, 37, 19}, 40, true, true, true}, Case{132, 4, {1, 7, 5}, 8, false, false, true},
                      Case{20, 2, {2, 9, 11}, 8, false, true, true}));

TEST(PointwiseLayers, MakeNoGradientThatNobodyWants) {
  const kernels::DeviceKernels kernels = tests::emulated_kernels(3);
  const tests::InUse in_use(kernels);
  torch::manual_seed(3);
  const torch::Tensor map = torch::randn({2, 3, 5, 8}), fixed = torch::randn({8, 3, 1, 1});
  torch::Tensor bias = leaf(torch::randn({3})), weight = leaf(fixed), free = leaf(map);

  apply(PointwiseLayer{{.transposed = true, .weight = fixed, .bias = bias}}, map).sum().backward();
  EXPECT_TRUE(torch::allclose(bias.grad(), torch::full({3}, 30.0F)));

  apply(PointwiseLayer{{.transposed = true, .weight = weight}}, map).sum().backward();
  EXPECT_TRUE(torch::allclose(weight.grad(), map.sum({0, 1, 2}).view({8, 1, 1, 1}).expand({8, 3, 1, 1}), 1e-5, 1e-5));

  apply(PointwiseLayer{{.transposed = true, .weight = fixed}}, free).sum().backward();
  EXPECT_TRUE(torch::allclose(free.grad(), fixed.sum({1, 2, 3}).expand_as(map), 1e-5, 1e-5));
}

TEST(PointwiseLayers, AddUpWhereAWeightIsUsedTwice) {
  const kernels::DeviceKernels kernels = tests::emulated_kernels(3);
  const tests::InUse in_use(kernels);
  torch::manual_seed(3);
  const torch::Tensor map = torch::randn({1, 3, 5, 4}), view = torch::full({4, 4, 1, 1}, 9.0F);
  torch::Tensor weight = leaf(torch::randn({4, 4, 1, 1})), weight2 = exact(weight);
  const PointwiseLayer layer{{.transposed = true, .weight = weight, .weight_view = view}};

  apply(layer, apply(layer, map)).sum().backward();
  map.view({15, 4}).to(torch::kFloat64).mm(weight2.view({4, 4})).mm(weight2.view({4, 4})).sum().backward();

  EXPECT_LT(error(weight.grad(), weight2.grad()), 1e-6);
}

TEST(PointwiseLayers, RefuseSecondDerivatives) {
  const kernels::DeviceKernels kernels = tests::emulated_kernels(3);
  const tests::InUse in_use(kernels);
  torch::Tensor map = leaf(torch::randn({1, 2, 2, 4}));
  const torch::Tensor result = apply(PointwiseLayer{{.weight = torch::randn({1, 4, 1, 1})}}, map);

  EXPECT_THROW(torch::autograd::grad({result.sum()}, {map}, {}, {}, /*create_graph=*/true), std::logic_error);
}

TEST(PointwiseLayers, AreForFewChannelsInFloat32) {
  const torch::Tensor weight = torch::randn({32, 3, 1, 1});
  EXPECT_FALSE(pointwise_applies(weight, true)) << "without a GPU";
  const kernels::DeviceKernels kernels = tests::emulated_kernels(3);
  const tests::InUse in_use(kernels);

  EXPECT_TRUE(pointwise_applies(weight, true));
  EXPECT_FALSE(pointwise_applies(weight, false)) << "three channels to 32";
  EXPECT_FALSE(pointwise_applies(weight.to(torch::kFloat64), true));
  EXPECT_FALSE(pointwise_applies(torch::randn({1028, 3, 1, 1}), true));
  EXPECT_FALSE(pointwise_applies(torch::randn({32, 5, 1, 1}), true));
}

/// LibTorch's gradients of ReLUs, of this thread, while it lives.
class MasksCounted {
 public:
  MasksCounted()
      : handle_(at::addThreadLocalCallback(at::RecordFunctionCallback([](const at::RecordFunction& function) {
          if (std::string(function.name()) == "aten::threshold_backward") ++count();
          return std::unique_ptr<at::ObserverContext>();
        }))) {
    count() = 0;
  }
  ~MasksCounted() { at::removeCallback(handle_); }
  MasksCounted(const MasksCounted&) = delete;
  static int& count() {
    static int of_all = 0;
    return of_all;
  }

 private:
  at::CallbackHandle handle_;
};

/// How the end of MNIST's and CelebA's decoder is run: by a GPU's own kernels, and after LibTorch's convolutions.
class EndOfADecoder : public ::testing::TestWithParam<bool> {};

TEST_P(EndOfADecoder, GivesWhatTheModulesGive) {
  using torch::nn::ConvTranspose2dOptions;
  const auto make = [] {
    torch::manual_seed(6);
    return torch::nn::Sequential(torch::nn::ConvTranspose2d(ConvTranspose2dOptions(16, 32, 4).stride(2).padding(1)),
                                 torch::nn::ReLU(), torch::nn::ConvTranspose2d(ConvTranspose2dOptions(32, 3, 1)));
  };
  torch::nn::Sequential plain = make(), mine = make();
  torch::Tensor codes = leaf(torch::randn({2, 16, 3, 5})), codes2 = leaf(codes);
  const torch::Tensor gradient = torch::randn({2, 3, 6, 10});
  const torch::Tensor wanted = plain->forward(codes2);
  wanted.backward(gradient);

  const kernels::DeviceKernels kernels = tests::emulated_kernels(3);
  const tests::InUse in_use(kernels);
  Chain chain(mine);
  if (GetParam()) {
    chain.use_device_kernels();
  } else {
    for (torch::Tensor& parameter : mine->parameters()) parameter.set_data(parameter.contiguous());
    chain.channels_last();
  }
  const torch::Tensor result = chain.forward(codes);
  const MasksCounted masks;
  result.backward(gradient);

  EXPECT_EQ(masks.count(), 0) << "the layer before masks its ReLU's gradient once more";
  EXPECT_CONTAINS(result.grad_fn()->next_edge(0).function->name(), "OnPlaces");
  EXPECT_TRUE(torch::allclose(result, wanted, 1e-4, 1e-5));
  EXPECT_TRUE(torch::allclose(codes.grad(), codes2.grad(), 1e-4, 1e-4));
  for (std::size_t i = 0; i < plain->parameters().size(); ++i)
    EXPECT_TRUE(torch::allclose(mine->parameters()[i].grad(), plain->parameters()[i].grad(), 1e-4, 1e-4)) << i;
  EXPECT_EQ(chain.forward(torch::zeros({0, 16, 3, 5})).sizes(), (std::vector<std::int64_t>{0, 3, 6, 10}));
}

INSTANTIATE_TEST_SUITE_P(Chains, EndOfADecoder, ::testing::Bool(),
                         [](const auto& one) { return one.param ? "OwnKernels" : "ChannelsLast"; });

}  // namespace
}  // namespace irmae::models
