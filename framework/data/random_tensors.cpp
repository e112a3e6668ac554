// SPDX-License-Identifier: MIT
#include "framework/data/random_tensors.h"

#include <map>
#include <mutex>

namespace irmae::data {

namespace {

using torch::Tensor;

constexpr std::int64_t kWord = 0xFFFFFFFF;  ///< mask of 32 bits

/// What philox() multiplies with, int64 [2, 1], and the keys of its rounds, int64 [rounds, 2, 1], on a device.
struct Constants {
  Tensor multipliers, keys;
};

/// Copied to the device once for a seed: a copy makes the host wait for all that the device has been given before.
Constants constants_of(std::uint64_t seed, torch::Device device) {
  static std::mutex mutex;
  static std::map<std::pair<std::uint64_t, std::string>, Constants> known;
  const std::lock_guard lock(mutex);
  Constants& constants = known[{seed, device.str()}];
  if (constants.keys.defined()) return constants;
  std::array<std::uint32_t, 2> key{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  std::vector<std::int64_t> keys;
  for (int round = 0; round < kPhiloxRounds; ++round)
    for (std::size_t i = 0; i < key.size(); ++i) {
      keys.push_back(key[i]);
      key[i] += kPhiloxKeySteps[i];
    }
  constants.multipliers =
      torch::tensor({std::int64_t{kPhiloxMultipliers[0]}, std::int64_t{kPhiloxMultipliers[1]}}, torch::kInt64)
          .view({2, 1})
          .to(device);
  constants.keys = torch::tensor(keys, torch::kInt64).view({kPhiloxRounds, 2, 1}).to(device);
  return constants;
}

/// counter: int64 [4, count]. As philox() of philox.h, whose words 0 and 2, and 1 and 3, are worked on as pairs here.
Tensor philox(const Tensor& counter, std::uint64_t seed) {
  const auto [multipliers, keys] = constants_of(seed, counter.device());
  Tensor even = torch::stack({counter[0], counter[2]}), odd = torch::stack({counter[1], counter[3]});
  for (int round = 0; round < kPhiloxRounds; ++round) {
    // Products of 32 x 32 bits fill the 64 bits; the sign that the highest one stands for is masked away with the shift.
    const Tensor product = (even * multipliers).flip(0);
    even = product.bitwise_right_shift(32).bitwise_and_(kWord).bitwise_xor_(odd).bitwise_xor_(keys[round]);
    odd = product.bitwise_and(kWord);
  }
  return torch::stack({even[0], odd[0], even[1], odd[1]});
}

Tensor words_of(std::uint64_t seed, Stream stream, const Tensor& index, const Tensor& draw) {
  const Tensor low = index.bitwise_and(kWord), high = index.bitwise_right_shift(32).bitwise_and(kWord);
  return philox(torch::stack({low, high, torch::full_like(index, static_cast<std::int64_t>(stream)), draw}), seed);
}

/// As normal_pair: the two numbers of each pair of words, [2, ...].
Tensor normal_pairs(const Tensor& a, const Tensor& b) {
  const Tensor radius = ((a.to(torch::kFloat64) + 1.0) * 0x1p-32).log().mul(-2.0).sqrt();
  const Tensor angle = b.to(torch::kFloat64) * 0x1p-32 * kFullTurn;
  return torch::stack({radius * angle.cos(), radius * angle.sin()});
}

}  // namespace

Tensor random_words(std::uint64_t seed, Stream stream, const Tensor& index, std::int64_t draws) {
  const std::int64_t count = index.size(0);
  const Tensor draw = torch::arange(draws, index.options()).view({draws, 1}).expand({draws, count}).reshape({-1});
  return words_of(seed, stream, index.repeat({draws}), draw).view({4, draws, count}).transpose(0, 1);
}

Tensor normal_noise_of(std::uint64_t seed, Stream stream, const Tensor& index, std::int64_t width) {
  const std::int64_t count = index.size(0), blocks = (width + 3) / 4;
  const Tensor samples = index.view({count, 1}).expand({count, blocks}).reshape({-1});
  const Tensor draws = torch::arange(blocks, index.options()).expand({count, blocks}).reshape({-1});
  const Tensor words = words_of(seed, stream, samples, draws);
  const Tensor first = normal_pairs(words[0], words[1]), second = normal_pairs(words[2], words[3]);
  return torch::cat({first, second}).to(torch::kFloat32).t().reshape({count, 4 * blocks}).narrow(1, 0, width).contiguous();
}

}  // namespace irmae::data
