// SPDX-License-Identifier: MIT
// The generator of philox.h as operations on whole tensors, on any device: the same words, so that what a GPU draws for a
// sample is what the CPU draws for it. On the CPU the scalar functions are faster.
#pragma once

#include <torch/types.h>

#include <cstdint>

#include "framework/data/philox.h"

namespace irmae::data {

/// The random blocks 0, 1, ... of each sample, as random_block() gives them: int64 [draws, 4, count], values of 32 bits. index:
/// int64 [count].
torch::Tensor random_words(std::uint64_t seed, Stream stream, const torch::Tensor& index, std::int64_t draws);

/// Standard normal noise, float32 [count, width], for the samples of these indices, int64 [count]; on their device. Equal to
/// normal_noise() up to the rounding of logarithm and cosine.
torch::Tensor normal_noise_of(std::uint64_t seed, Stream stream, const torch::Tensor& index, std::int64_t width);

}  // namespace irmae::data
