// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "framework/data/dataset.h"
#include "framework/models/method.h"
#include "tests/cell_of.h"

namespace irmae {
namespace {

using tests::cell_of;

std::int64_t parameters_of(const std::vector<std::string>& overrides) {
  const manifest::Cell cell = cell_of(overrides);
  std::int64_t count = 0;
  for (const auto& parameter : models::make_method(cell)->make_model({3, 32, 32})->parameters()) count += parameter.numel();
  return count;
}

TEST(Philox, AgreesWithRandom123) {  // known-answer vectors of the Random123 distribution
  EXPECT_EQ(data::philox({0, 0, 0, 0}, {0, 0}), (data::Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(data::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (data::Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Networks, HaveThePapersNumberOfParameters) {
  EXPECT_EQ(parameters_of({"model.method=ae"}), 1'445'859);
  EXPECT_EQ(parameters_of({"model.method=irmae", "model.linear_layers=2"}), 1'447'907);
  EXPECT_EQ(parameters_of({"model.method=irmae", "model.linear_layers=4"}), 1'449'955);
  EXPECT_EQ(parameters_of({"model.method=irmae-shared", "model.linear_layers=4"}), 1'445'859 + 32 * 32);
  EXPECT_EQ(parameters_of({"model.method=vae"}), 1'478'659);
}

TEST(Networks, OfTheSupplementEndInAReluButForAVae) {
  const manifest::Cell cell = cell_of({"model.network=shapes-supplement", "model.method=ae"});
  torch::manual_seed(1);
  const torch::Tensor images = torch::rand({16, 3, 32, 32}),
                      codes = models::make_method(cell)->make_model({3, 32, 32})->encode(images);

  EXPECT_EQ(codes.sizes(), (torch::IntArrayRef{16, 32}));
  EXPECT_GE(codes.min().item<float>(), 0);
  EXPECT_TRUE((codes == 0).any().item<bool>());
  EXPECT_TRUE((codes > 0).any().item<bool>());
  EXPECT_EQ(parameters_of({"model.network=shapes-supplement", "model.method=ae"}), 1'445'859 + 256 * 32 * (16 - 4));
  const auto vae =
      models::make_method(cell_of({"model.network=shapes-supplement", "model.method=vae"}))->make_model({3, 32, 32});
  EXPECT_LT(vae->features(images).min().item<float>(), 0);
}

TEST(Methods, WithOneSeedShareEncoderAndDecoder) {
  const auto ae = models::make_method(cell_of({"model.method=ae"}))->make_model({3, 32, 32});
  const auto irmae = models::make_method(cell_of({"model.method=irmae"}))->make_model({3, 32, 32});

  EXPECT_TRUE(torch::equal(ae->named_parameters()["decoder.1.weight"], irmae->named_parameters()["decoder.1.weight"]));
}

TEST(Methods, OfFixedMatricesDoNotTrainThem) {
  const auto model = models::make_method(cell_of({"model.method=irmae-fixed"}))->make_model({3, 32, 32});

  EXPECT_FALSE(model->named_parameters()["stack.W1"].requires_grad());
  EXPECT_TRUE(model->named_parameters()["encoder.0.weight"].requires_grad());
}

TEST(Methods, LossesFollowTheirFormulas) {
  torch::manual_seed(1);
  const torch::Tensor images = torch::rand({4, 3, 32, 32});
  const auto loss_of = [&](const char* name) {
    const manifest::Cell cell = cell_of({std::string("model.method=") + name});
    const auto method = models::make_method(cell);
    const auto model = method->make_model({3, 32, 32});
    return std::pair(method->loss(*model, images, {}), model);
  };
  const auto [plain, ae] = loss_of("ae");
  const torch::Tensor z = ae->encode(images), decoded = ae->decode(z);
  const double reconstruction = (decoded - images).square().mean().item<double>() * 4;

  EXPECT_NEAR(plain.objective.item<double>(), reconstruction, 1e-5);
  EXPECT_NEAR(loss_of("l1").first.objective.item<double>(), reconstruction + 1e-2 * 4 * z.abs().mean().item<double>(), 1e-5);
  EXPECT_NEAR(loss_of("l2").first.objective.item<double>(), reconstruction + 1e-2 * 4 * z.square().mean().item<double>(), 1e-5);
}

TEST(Shapes, DependOnSeedAndIndexAlone) {
  const auto shapes = data::open(cell_of({"data.train_size=10", "train.seed=3"}));
  const auto together = shapes->batch(data::Split::train, {5, 6, 7}).images,
             alone = shapes->batch(data::Split::train, {6}).images;

  EXPECT_TRUE(torch::equal(together[1], alone[0]));
  EXPECT_FALSE(torch::equal(shapes->batch(data::Split::validation, {6}).images, alone));
  EXPECT_EQ(shapes->epoch_order(2).front(), 20) << "an epoch brings fresh samples";
}

TEST(Shapes, ThatAreNotFreshAreThoseOfTheFirstEpochInEachInTheSameOrder) {
  const auto shapes = data::open(cell_of({"data.train_size=3", "data.fresh=false"}));

  for (const std::int64_t epoch : {0, 1, 7}) EXPECT_EQ(shapes->epoch_order(epoch), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST(Shapes, HaveColoursPlacesAndSizesOfThePaper) {
  std::vector<std::int64_t> indices(2000);
  for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<std::int64_t>(i);
  const auto batch = data::open(cell_of({}))->batch(data::Split::train, indices);

  EXPECT_GE(batch.images.min().item<double>(), 0);
  EXPECT_LT(batch.images.max().item<double>(), 1);
  EXPECT_NEAR(batch.labels.to(torch::kFloat64).mean().item<double>(), 0.5, 0.05);
  const torch::Tensor area = (batch.images.amax(1) > 0).sum({1, 2});
  EXPECT_EQ(area.max().item<std::int64_t>(), 17 * 17) << "a square of size 8 within the image";
  EXPECT_EQ(area.min().item<std::int64_t>(), 29) << "a circle of radius 3";
}

TEST(Noise, DoesNotDependOnHowSamplesAreSplit) {
  const auto all = data::normal_noise(1, data::Stream::train_noise, 10, 4, 7);
  const auto part = data::normal_noise(1, data::Stream::train_noise, 12, 2, 7);

  EXPECT_TRUE(torch::equal(all.narrow(0, 2, 2), part));
  const auto many = data::normal_noise(2, data::Stream::train_noise, 0, 2000, 16);
  EXPECT_NEAR(many.mean().item<double>(), 0, 0.02);
  EXPECT_NEAR(many.std().item<double>(), 1, 0.02);
}

}  // namespace
}  // namespace irmae
