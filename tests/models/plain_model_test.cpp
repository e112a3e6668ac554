// SPDX-License-Identifier: MIT
// Folding and TorchScript against the autoencoder itself, in float64, where they agree to rounding.
#include "framework/models/plain_model.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "framework/models/layers/layer_module.h"
#include "framework/models/spectral_norm.h"
#include "framework/models/torchscript.h"
#include "storage/error.h"
#include "tests/contains.h"
#include "tests/message_of.h"

namespace irmae::models {
namespace {

using torch::nn::Conv2d;
using torch::nn::Conv2dOptions;
using torch::nn::Flatten;
using torch::nn::Linear;
using torch::nn::Sequential;

std::shared_ptr<LinearStack> stack(std::int64_t latent, std::int64_t layers, StackOptions options = {}) {
  return std::make_shared<LinearStack>(StackSpec{latent, layers, "variance", 1.0, options});
}

std::shared_ptr<Autoencoder> model_of(Sequential encoder, std::shared_ptr<LinearStack> middle,
                                      Sequential decoder = Sequential(), Output output = Output::none) {
  if (decoder->is_empty()) decoder->push_back(torch::nn::ReLU());
  auto model = std::make_shared<Autoencoder>(Network{std::move(encoder), std::move(decoder)}, std::move(middle), output);
  model->to(torch::kFloat64);
  return model;
}

std::vector<std::string> names(const std::vector<Layer>& layers) {
  std::vector<std::string> all;
  for (const Layer& layer : layers) all.push_back(layer.name);
  return all;
}

class PlainModelTest : public ::testing::Test {
 protected:
  void SetUp() override { torch::manual_seed(3); }

  /// The exported model, after a check that it computes what the original does on `samples`.
  static PlainModel exported(Autoencoder& model, const torch::Tensor& samples, const torch::Tensor& readout = {}) {
    const torch::NoGradGuard no_grad;
    PlainModel plain = plain_model(model, readout, samples);
    torch::jit::Module module = to_torchscript(plain, 1, {1});
    torch::Tensor codes = model.encode(samples);
    if (readout.defined()) codes = codes.mm(readout.t());
    const torch::Tensor given = module.get_method("encode")({samples}).toTensor();
    EXPECT_EQ(given.sizes(), codes.sizes());
    EXPECT_TRUE(torch::allclose(given, codes, 1e-12, 1e-12));
    EXPECT_TRUE(torch::allclose(module.get_method("decode")({codes}).toTensor(), model.decode(codes), 1e-12, 1e-12));
    EXPECT_TRUE(torch::allclose(module.forward({samples}).toTensor(), model.decode(codes), 1e-11, 1e-11));
    return plain;
  }

  static torch::Tensor samples(std::vector<std::int64_t> shape) { return torch::randn(shape, torch::kFloat64); }
};

TEST_F(PlainModelTest, FoldsIntoALinearLayerWithAndWithoutBias) {
  for (const bool bias : {true, false}) {
    const auto model =
        model_of(Sequential(Linear(5, 7), torch::nn::ReLU(), Linear(torch::nn::LinearOptions(7, 4).bias(bias))), stack(4, 3));
    const PlainModel plain = exported(*model, samples({6, 5}));
    EXPECT_EQ(names(plain.encoder), (std::vector<std::string>{"0", "1", "2"}));
    EXPECT_EQ(plain.folding, "3 linear layers folded into encoder.2");
  }
}

TEST_F(PlainModelTest, FoldsIntoAConvolutionThatEndsInOnePlace) {
  const auto model = model_of(Sequential(Conv2d(Conv2dOptions(3, 6, 4).stride(2).padding(1).dilation(1)), torch::nn::ReLU(),
                                         Conv2d(6, 5, 4), Flatten()),
                              stack(5, 2, {.shared = true}));
  EXPECT_EQ(exported(*model, samples({2, 3, 8, 8})).folding, "2 linear layers folded into encoder.2");
}

TEST_F(PlainModelTest, AMatrixBehindWhatCannotTakeItIsKept) {
  // More places than one: the flattened outputs are not the channels.
  auto places = model_of(Sequential(Conv2d(3, 2, 4), Flatten()), stack(8, 2));
  EXPECT_EQ(names(exported(*places, samples({3, 3, 5, 5})).encoder), (std::vector<std::string>{"0", "1", "W1", "W2"}));
  auto function = model_of(Sequential(Linear(3, 4), torch::nn::ReLU()), stack(4, 1));
  EXPECT_EQ(names(exported(*function, samples({3, 3})).encoder), (std::vector<std::string>{"0", "1", "W1"}));
}

TEST_F(PlainModelTest, AStackThatIsNotLinearIsKept) {
  const auto model = model_of(Sequential(Linear(5, 4)), stack(4, 2, {.nonlinear = true}));
  const PlainModel plain = exported(*model, samples({6, 5}));
  EXPECT_EQ(names(plain.encoder), (std::vector<std::string>{"0", "W1", "R1", "W2", "R2"}));
  EXPECT_EQ(plain.folding, "2 linear layers kept: a ReLU follows each");
  const auto between = model_of(Sequential(Linear(5, 4)), stack(4, 2, {.nonlinear = true, .code_relu = false}));
  const PlainModel other = exported(*between, samples({6, 5}));
  EXPECT_EQ(names(other.encoder), (std::vector<std::string>{"0", "W1", "R1", "W2"}));
  EXPECT_EQ(other.folding, "2 linear layers kept: ReLUs stand between them");
  const auto single = model_of(Sequential(Linear(5, 4)), stack(4, 1, {.nonlinear = true, .code_relu = false}));
  EXPECT_EQ(exported(*single, samples({6, 5})).folding, "1 linear layer folded into encoder.0") << "between one there is none";
}

TEST_F(PlainModelTest, AReadoutIsAppliedLastWhateverComesBefore) {
  const torch::Tensor readout = samples({2, 4});
  auto plain = model_of(Sequential(Linear(5, 4)), nullptr);
  EXPECT_EQ(exported(*plain, samples({6, 5}), readout).encoder[0].weight.size(0), 2);
  auto linear = model_of(Sequential(Linear(5, 4)), stack(4, 2));
  EXPECT_EQ(exported(*linear, samples({6, 5}), readout).encoder.size(), 1U);
  auto nonlinear = model_of(Sequential(Linear(5, 4)), stack(4, 1, {.nonlinear = true}));
  EXPECT_EQ(names(exported(*nonlinear, samples({6, 5}), readout).encoder),
            (std::vector<std::string>{"0", "W1", "R1", "readout"}));
}

TEST_F(PlainModelTest, KnowsEveryLayerThatNetworksAreMadeOf) {
  Sequential decoder(
      Linear(4, 12), torch::nn::Unflatten(torch::nn::UnflattenOptions(1, {3, 2, 2})),
      torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(3, 4, 4).stride(2).padding(1).output_padding({1, 0})),
      torch::nn::ReLU(), torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(4, 2, 3).bias(false)));
  for (const Output output : {Output::none, Output::tanh, Output::sigmoid}) {
    const auto model = model_of(Sequential(Conv2d(Conv2dOptions(2, 3, 3).stride(2).padding(1)), Flatten(), Linear(12, 4)),
                                stack(4, 1), decoder, output);
    exported(*model, samples({3, 2, 4, 3}));
  }
}

TEST_F(PlainModelTest, NamesALayerThatItDoesNotKnow) {
  const auto model = model_of(Sequential(Linear(3, 4), torch::nn::Softmax(1)), nullptr);
  EXPECT_CONTAINS(tests::message_of([&] {
                    plain_model(*model, {}, samples({1, 3}));
                  }),
                  "encoder.1 is a torch::nn::SoftmaxImpl");
  const auto groups = model_of(Sequential(Conv2d(Conv2dOptions(4, 4, 3).groups(2)), Flatten()), stack(4, 1));
  EXPECT_THROW(plain_model(*groups, {}, samples({1, 4, 3, 3})), Error);
}

TEST_F(PlainModelTest, ANormalisedDecoderGetsTheWeightsThatItUses) {
  const Sequential decoder(
      Linear(4, 12), torch::nn::ReLU(), torch::nn::Unflatten(torch::nn::UnflattenOptions(1, {3, 2, 2})),
      torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(3, 2, 4).stride(2).padding(1).output_padding({1, 0})));
  const auto model = model_of(Sequential(Linear(5, 4)), nullptr, spectrally_normalised(decoder));
  const torch::NoGradGuard no_grad;
  EXPECT_EQ(model->decode(samples({2, 4})).sizes(), (std::vector<std::int64_t>{2, 2, 5, 4}));
  exported(*model, samples({3, 5}));
}

/// Divides its output by the number of its inputs' values.
class Shrinking : public torch::nn::Module, public ActsAs {
 public:
  Shrinking() : inner_(register_module("inner", Linear(4, 3))) {}
  torch::Tensor forward(const torch::Tensor& x) {
    return torch::linear(x, inner_->weight / static_cast<double>(x.size(1)), inner_->bias);
  }
  DescribedLayer plain(at::IntArrayRef input) const override {
    return {{.kind = LayerSpec::Kind::linear, .in = 4, .out = 3}, inner_->weight / static_cast<double>(input[1]), inner_->bias};
  }

 private:
  Linear inner_;
};

TEST_F(PlainModelTest, TakesTheLayerThatALayerOfOurOwnActsAs) {
  const auto model = model_of(Sequential(Linear(6, 4), torch::nn::ReLU(), std::make_shared<Shrinking>()), stack(3, 2),
                              Sequential(Linear(3, 4), std::make_shared<Shrinking>()));
  EXPECT_EQ(exported(*model, samples({3, 6})).folding, "2 linear layers folded into encoder.2");
}

}  // namespace
}  // namespace irmae::models
