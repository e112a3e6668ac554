// SPDX-License-Identifier: MIT
// Networks as data against the modules that are built from them. Oracle: LibTorch's own parameters and results.
#include "framework/models/network.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "framework/models/layers/layer_module.h"
#include "framework/models/networks/layers.h"
#include "tests/cell_of.h"

namespace irmae::models {
namespace {

namespace nn = torch::nn;
using torch::Tensor;

/// As narrow as the network may be.
manifest::Cell cell_with(const NetworkKind& kind) {
  std::vector<std::string> overrides{"model.network=" + kind.choice.name};
  for (const manifest::Key& key : kind.choice.keys)
    if (key.path == "model.width") overrides.push_back("model.width=3");
  return tests::cell_of(overrides);
}

/// Layer for layer; samples of the given shape. Returns the shape of the result.
Shape expect_as_built(const std::vector<LayerSpec>& layers, const nn::Sequential& modules, Shape shape) {
  EXPECT_EQ(layers.size(), modules->size());
  std::vector<std::int64_t> batch = shape;
  batch.insert(batch.begin(), 2);
  Tensor values = torch::zeros(batch);
  std::size_t place = 0;
  for (nn::AnyModule& module : *modules.ptr()) {
    SCOPED_TRACE(fmt::format("layer {}", place));
    const LayerSpec& layer = layers.at(place++);
    const auto found = described(*module.ptr());
    EXPECT_TRUE(found && found->spec == layer);
    std::int64_t weights = 0, biases = 0;
    for (const auto& parameter : module.ptr()->named_parameters())
      (parameter.key() == "bias" ? biases : weights) += parameter.value().numel();
    EXPECT_EQ(layer.weights(), weights);
    EXPECT_EQ(layer.biases(), biases);
    shape = layer.output_shape(shape);
    values = module.forward(values);
    EXPECT_EQ(shape, values.sizes().slice(1).vec());
  }
  return shape;
}

TEST(NetworkSpecs, HaveTheParametersAndShapesOfTheirModules) {
  const std::vector<Shape> shapes{{1, 32, 32}, {3, 32, 32}, {3, 64, 64}, {3, 21, 37}, {1, 5, 7},
                                  {2, 4, 4},   {1, 1, 9},   {20},        {1}};
  for (const NetworkKind& kind : networks()) {
    const manifest::Cell cell = cell_with(kind);
    int taken = 0;
    for (const Shape& shape : shapes) {
      if (!kind.why_not(shape).empty()) continue;
      ++taken;
      for (const std::int64_t latent : {1, 6})
        for (const std::int64_t outputs : {latent, 2 * latent}) {
          SCOPED_TRACE(
              fmt::format("{} for {}, {} outputs, {} latents", kind.choice.name, fmt::join(shape, " x "), outputs, latent));
          const NetworkSpec spec = network_spec(cell, shape, latent, outputs);
          const Network network = build(spec);

          EXPECT_EQ(expect_as_built(spec.encoder, network.encoder, shape), Shape{outputs});
          EXPECT_EQ(expect_as_built(spec.decoder, network.decoder, {latent}), shape);
        }
    }
    EXPECT_GT(taken, 0) << kind.choice.name << " takes no shape of this test";
  }
}

TEST(NetworkSpecs, AreBuiltEncoderFirstAndEachFromItsLastLayer) {
  const NetworkSpec spec{{conv(1, 2, 4, 2, 1), relu(), flatten(), linear(8, 3)},
                         {linear(3, 4), unflatten({4, 1, 1}), deconv(4, 1, 3, 2, 1, {1, 0})}};
  torch::manual_seed(7);
  const Network network = build(spec);

  torch::manual_seed(7);
  const nn::Linear code(8, 3);
  const nn::Conv2d down(nn::Conv2dOptions(1, 2, 4).stride(2).padding(1));
  const nn::ConvTranspose2d up(nn::ConvTranspose2dOptions(4, 1, 3).stride(2).padding(1).output_padding({1, 0}));
  const nn::Linear back(3, 4);
  const auto expect_equal = [](const nn::Sequential& modules, const std::vector<Tensor>& wanted) {
    const std::vector<Tensor> found = modules->parameters();
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_TRUE(torch::equal(found[i], wanted[i])) << i;
  };
  expect_equal(network.encoder, {down->weight, down->bias, code->weight, code->bias});
  expect_equal(network.decoder, {back->weight, back->bias, up->weight, up->bias});
}

TEST(LayerSpecs, DescribeNoModuleThatDoesMoreThanTheySay) {
  const auto known = [](const auto& module) { return described(*module.ptr()).has_value(); };
  const auto options = [] { return nn::Conv2dOptions(4, 4, 3); };

  EXPECT_TRUE(known(nn::Conv2d(options())));
  EXPECT_FALSE(known(nn::Conv2d(options().groups(2))));
  EXPECT_FALSE(known(nn::Conv2d(options().dilation(2))));
  EXPECT_FALSE(known(nn::Conv2d(options().padding(torch::kSame))));
  EXPECT_FALSE(known(nn::Conv2d(options().padding(1).padding_mode(torch::kReflect))));
  EXPECT_FALSE(known(nn::Conv2d(options().stride({1, 2}))));
  EXPECT_FALSE(known(nn::Conv2d(nn::Conv2dOptions(4, 4, {3, 5}))));
  EXPECT_FALSE(known(nn::Flatten(nn::FlattenOptions().start_dim(2))));
  EXPECT_FALSE(known(nn::Unflatten(nn::UnflattenOptions(2, {2, 2}))));
  EXPECT_FALSE(known(nn::Tanh()));
}

}  // namespace
}  // namespace irmae::models
