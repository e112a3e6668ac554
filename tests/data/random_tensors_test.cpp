// SPDX-License-Identifier: MIT
// What a GPU draws, by the tensor operations that it runs, against the scalar generator; on the CPU, where both can be had.
#include "framework/data/random_tensors.h"

#include <gtest/gtest.h>

#include "framework/data/dataset.h"
#include "framework/free_memory.h"
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

std::size_t free_bytes = 0;
int asked = 0;

std::size_t tell_free_bytes() {
  ++asked;
  return free_bytes;
}

/// While it lives, a device has so many free bytes.
class Free {
 public:
  explicit Free(std::size_t bytes) {
    free_bytes = bytes, asked = 0;
    tell_free_device_memory_by(tell_free_bytes);
  }
  ~Free() { tell_free_device_memory_by(nullptr); }
  Free(const Free&) = delete;
};

TEST(OnDeviceSets, LeaveHalfOfTheFreeMemoryToOthers) {
  const tests::TemporaryFolder folder;
  storage::NamedArray bytes{.name = "samples", .shape = {40, 4, 4, 3}, .values = std::vector<std::uint8_t>(40 * 48)};
  std::get<std::vector<std::uint8_t>>(bytes.values).front() = 255;
  storage::write_npy(folder / "a.npy", bytes);
  const manifest::Cell cell = tests::cell_of({"data.name='array'", "data.file='" + (folder / "a.npy").string() + "'"});
  const std::vector<std::int64_t> indices{3, 1};
  const auto asked_of = [&](std::size_t bytes) {  // in two calls
    const auto set = open(cell);
    const auto samples = static_cast<std::size_t>(set->size(Split::train));
    const Free free(2 * samples * 48 - bytes);
    for (int call = 0; call < 2; ++call)
      EXPECT_TRUE(torch::equal(set->images_on(Split::train, torch::kCPU, indices), set->batch(Split::train, indices).images));
    const int before = asked;
    // The other split, a ninth of this one: at once, or not before the next try.
    EXPECT_TRUE(
        torch::equal(set->images_on(Split::validation, torch::kCPU, indices), set->batch(Split::validation, indices).images));
    return std::pair(before, asked - before);
  };

  EXPECT_EQ(asked_of(0), std::pair(1, 1)) << "the copy is there";
  EXPECT_EQ(asked_of(1), std::pair(1, 0)) << "no room: tried again after a minute";
}

}  // namespace
}  // namespace irmae::data
