// SPDX-License-Identifier: MIT
// Operations and parameters of the paper's networks, against numbers worked out by hand from their layers.
#include "framework/cost/layers.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include "framework/models/method.h"
#include "storage/error.h"
#include "tests/cell_of.h"

namespace irmae {
namespace {

using tests::cell_of;

cost::Layers layers(const models::Shape& shape, const std::vector<std::string>& overrides) {
  return cost::layers_of(cell_of(overrides), shape);
}

TEST(Layers, OfTheShapesNetworkTakeTheMultiplyAddsCountedByHand) {
  const cost::Layers all = layers({3, 32, 32}, {"model.method=ae"});
  std::vector<double> counts;
  for (const cost::Layer& layer : all) counts.push_back(layer.multiply_adds);

  // weights x places: 3*32*16 at 16 x 16; 32*64*16 at 8 x 8; 64*128*16 at 4 x 4; 128*256*16 at 2 x 2; 256*32*4 at one, and
  // back.
  const double outer = 393'216, inner = 2'097'152, last = 32'768;
  EXPECT_EQ(counts, (std::vector<double>{outer, inner, inner, inner, last, last, inner, inner, inner, outer}));
  EXPECT_EQ(cost::training_flops(all), 6.0 * 13'434'880);
  EXPECT_EQ(cost::forward_flops(all), 2.0 * 13'434'880);
}

TEST(Layers, OfMnistTakeTheOperationsCountedByHand) {
  // encoder 131,072 + 3 x 2,097,152 + 1024*128; decoder 128*8192 + 2 x 8,388,608 + 32*1 at 32 x 32
  EXPECT_EQ(cost::multiply_adds(layers({1, 32, 32}, {"data.name=mnist"})), 24'412'160);
  // eight matrices of 128 x 128
  EXPECT_EQ(cost::multiply_adds(layers({1, 32, 32}, {"data.name=mnist", "model.method=irmae"})), 24'412'160 + 8 * 16'384);
}

TEST(Layers, OfCelebaTakeTheOperationsCountedByHand) {
  // encoder 6,291,456 + 3 x 134,217,728 + 16384*512; decoder 512*65536 + 3 x 536,870,912 + 128*3 at 64 x 64
  EXPECT_EQ(cost::multiply_adds(layers({3, 64, 64}, {"data.name=celeba"})), 2'063'073'280.0);
}

TEST(Layers, HaveThePapersNumberOfParameters) {
  EXPECT_EQ(cost::parameters(layers({3, 32, 32}, {"model.method=ae"})), 1'445'859);
  EXPECT_EQ(cost::parameters(layers({3, 32, 32}, {"model.method=irmae", "model.linear_layers=4"})), 1'449'955);
  EXPECT_EQ(cost::parameters(layers({1, 32, 32}, {"data.name=mnist", "model.method=vae"})), 2'172'257);
  EXPECT_EQ(cost::parameters(layers({3, 64, 64}, {"data.name=celeba", "model.method=irmae"})), 65'087'107);
}

TEST(Layers, OfASharedOrFixedStackCountEveryPlaceButEachParameterOnce) {
  const cost::Layers plain = layers({3, 32, 32}, {"model.method=ae"});
  const cost::Layers shared = layers({3, 32, 32}, {"model.method=irmae-shared", "model.linear_layers=4"});
  const cost::Layers fixed = layers({3, 32, 32}, {"model.method=irmae-fixed", "model.linear_layers=4"});

  EXPECT_EQ(cost::multiply_adds(shared) - cost::multiply_adds(plain), 4 * 1024);
  EXPECT_EQ(cost::parameters(shared) - cost::parameters(plain), 1024);
  EXPECT_EQ(cost::parameters(fixed) - cost::parameters(plain), 4 * 1024);
  EXPECT_TRUE(fixed.at(5).parameters.empty()) << "nothing to be summed over the ranks";
  EXPECT_EQ(fixed.at(5).fixed, 4 * 1024);
}

/// Names and sizes of what is trained, from a model with values.
TEST(Layers, ListTheTrainedParametersOfTheRealModelInItsOrder) {
  for (const models::MethodKind& method : models::methods())
    for (const std::string network : {"conv", "shapes"}) {
      SCOPED_TRACE(method.choice.name + " with " + network);
      const manifest::Cell cell = cell_of({"model.network=" + network, "model.method=" + method.choice.name});
      const models::Shape shape = network == "shapes" ? models::Shape{3, 32, 32} : models::Shape{3, 21, 37};
      std::vector<std::pair<std::string, std::int64_t>> wanted, found;
      for (const auto& parameter : models::make_method(cell)->make_model(shape)->named_parameters())
        if (parameter.value().requires_grad()) wanted.emplace_back(parameter.key(), parameter.value().numel());
      for (const cost::Layer& layer : cost::layers_of(cell, shape))
        found.insert(found.end(), layer.parameters.begin(), layer.parameters.end());

      EXPECT_EQ(found, wanted);
    }
}

TEST(Layers, FollowOddSizesThroughStridesAndOutputPadding) {
  // 5 x 7 -> 2 x 3 (32 channels), then 32*2*3 -> 32 -> 32*2*3, then back with output padding 1, 1.
  const cost::Layers all = layers({1, 5, 7}, {"model.network=conv", "model.method=ae", "model.width=32"});

  EXPECT_EQ(cost::multiply_adds(all), 1 * 32 * 16 * 6 + 192 * 32 + 32 * 192 + 32 * 1 * 16 * 6);
}

TEST(Layers, OfVectorsAreThoseOfTheirMatrices) {
  const cost::Layers all = layers({20}, {"model.network=mlp", "model.hidden=8", "model.hidden_layers=1", "model.latent=4"});

  EXPECT_EQ(cost::multiply_adds(all), 20 * 8 + 8 * 4 + 4 * 8 + 8 * 20);
}

TEST(Layers, CountingThemLeavesLaterTensorsTheirValues) {
  layers({3, 32, 32}, {"model.method=l1", "model.latent=3"});

  EXPECT_GT(torch::nn::Linear(64, 64)->weight.abs().sum().item<double>(), 1);
}

TEST(Layers, OfANetworkThatDoesNotTakeTheSamplesAreRefused) {
  EXPECT_THROW(layers({1, 28, 28}, {"model.network=mnist"}), UsageError);
}

}  // namespace
}  // namespace irmae
