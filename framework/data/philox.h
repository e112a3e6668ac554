// SPDX-License-Identifier: MIT
// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a counter-based generator.
// Every random number of the project is a function of (seed, stream, index, draw), never of what was drawn before, so
// that any rank, thread or device can make any sample, and a resumed run needs no generator state.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

namespace irmae::data {

/// Independent purposes of one seed. The value is a word of the counter: streams never share a block.
enum class Stream : std::uint32_t {
  train = 0,
  validation = 1,
  shuffle = 2,
  train_noise = 3,
  validation_noise = 4,
  density = 5,        ///< choices of k-means++ and of mixture components
  density_noise = 6,  ///< samples from fitted densities
  draws = 7,          ///< which labelled samples a classifier gets, and their order
  train_codes = 8,    ///< codes of training samples, drawn from their posteriors
  validation_codes = 9
};

using Block = std::array<std::uint32_t, 4>;

/// What the generator is made of: multipliers of words 0 and 2, and what the key grows by after each round.
inline constexpr int kPhiloxRounds = 10;
inline constexpr std::array<std::uint32_t, 2> kPhiloxMultipliers{0xD2511F53u, 0xCD9E8D57u};
inline constexpr std::array<std::uint32_t, 2> kPhiloxKeySteps{0x9E3779B9u, 0xBB67AE85u};  // the golden ratio, sqrt(3) - 1

/// Four uniform 32-bit words for one counter and key.
inline Block philox(Block counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const std::uint64_t p0 = std::uint64_t{kPhiloxMultipliers[0]} * counter[0],
                        p1 = std::uint64_t{kPhiloxMultipliers[1]} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += kPhiloxKeySteps[0];
    key[1] += kPhiloxKeySteps[1];
  }
  return counter;
}

/// Block `draw` of sample `index` in a stream of a seed.
inline Block random_block(std::uint64_t seed, Stream stream, std::uint64_t index, std::uint32_t draw) {
  return philox(
      {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), static_cast<std::uint32_t>(stream), draw},
      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}

/// A float in [0, 1) with 24 random bits.
inline float uniform(std::uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }

/// An integer in least..most, both included (bias below 2^-32 of the range's size).
inline int uniform_integer(std::uint32_t word, int least, int most) {
  const auto count = static_cast<std::uint64_t>(most - least + 1);
  return least + static_cast<int>((word * count) >> 32);
}

inline constexpr double kFullTurn = 6.283185307179586476925286766559;

/// Two independent standard normal numbers (Box and Muller 1958), in double precision.
inline std::array<double, 2> normal_pair(std::uint32_t a, std::uint32_t b) {
  const double radius = std::sqrt(-2.0 * std::log((a + 1.0) * 0x1p-32));  // (0, 1]: the logarithm is finite
  const double angle = kFullTurn * (b * 0x1p-32);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

}  // namespace irmae::data
