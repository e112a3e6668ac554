// SPDX-License-Identifier: MIT
// What a GPU draws, by the tensor operations that it runs, against the scalar generator; on the CPU, where both can be had.
#include "framework/data/random_tensors.h"

#include <gtest/gtest.h>

#include "framework/data/dataset.h"
#include "tests/data/helpers.h"

namespace irmae::data {
namespace {

/// Indices around the places where 32 bits end.
const std::vector<std::int64_t> kIndices{0, 1, 2, 77, 0xFFFFFFFE, 0xFFFFFFFF, 0x100000000, 0x7FFFFFFF12345678};

TEST(RandomTensors, AreTheWordsOfTheScalarGenerator) {
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{0xFEDCBA9876543210}}) {
    const torch::Tensor blocks = random_words(seed, Stream::draws, torch::tensor(kIndices, torch::kInt64), 901);
    for (const std::int64_t draw : {0, 1, 900}) {
      const torch::Tensor words = blocks[draw];

      for (std::size_t i = 0; i < kIndices.size(); ++i) {
        const Block block =
            random_block(seed, Stream::draws, static_cast<std::uint64_t>(kIndices[i]), static_cast<std::uint32_t>(draw));
        for (int word = 0; word < 4; ++word)
          EXPECT_EQ(words[word][static_cast<std::int64_t>(i)].item<std::int64_t>(), std::int64_t{block[word]});
      }
    }
  }
}

TEST(RandomTensors, GiveTheNoiseOfTheScalarGenerator) {
  for (const std::int64_t width : {1, 4, 7, 130}) {
    const torch::Tensor index = torch::arange(1000, 1050, torch::kInt64);

    const torch::Tensor noise = normal_noise_of(9, Stream::train_noise, index, width);

    EXPECT_TRUE(torch::allclose(noise, normal_noise(9, Stream::train_noise, 1000, 50, width), 1e-6, 1e-7)) << width;
  }
}

class OnDevice : public ::testing::TestWithParam<std::vector<std::string>> {};

TEST_P(OnDevice, ASetGivesTheSameImages) {
  const auto set = open(tests::cell_of(GetParam()));
  std::vector<std::int64_t> indices = consecutive(0, 500);
  std::swap(indices.front(), indices.back());

  EXPECT_TRUE(torch::equal(set->images_on(Split::train, torch::kCPU, indices), set->batch(Split::train, indices).images));
  EXPECT_TRUE(
      torch::equal(set->images_on(Split::validation, torch::kCPU, indices), set->batch(Split::validation, indices).images));
}

INSTANTIATE_TEST_SUITE_P(Shapes, OnDevice,
                         ::testing::Values(std::vector<std::string>{"data.name='shapes'", "train.seed=5"},
                                           std::vector<std::string>{"data.name='shapes'", "data.square='corner'"}));

TEST(OnDeviceSets, GiveTheSameImagesFromACopyOfTheWhole) {
  const tests::TemporaryFolder folder;
  storage::NamedArray bytes{.name = "samples", .shape = {40, 4, 4, 3}, .values = std::vector<std::uint8_t>(40 * 48)};
  auto& values = std::get<std::vector<std::uint8_t>>(bytes.values);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i * 37);
  storage::write_npy(folder / "a.npy", bytes);
  const auto set = open(tests::cell_of({"data.name='array'", "data.file='" + (folder / "a.npy").string() + "'"}));
  const std::vector<std::int64_t> indices{3, 1, 1, 30}, few{3, 1, 1};

  EXPECT_TRUE(torch::equal(set->images_on(Split::train, torch::kCPU, indices), set->batch(Split::train, indices).images));
  EXPECT_TRUE(torch::equal(set->images_on(Split::train, torch::kCPU, {2}), set->batch(Split::train, {2}).images));
  EXPECT_TRUE(torch::equal(set->images_on(Split::validation, torch::kCPU, few), set->batch(Split::validation, few).images));
}

}  // namespace
}  // namespace irmae::data
