// SPDX-License-Identifier: MIT
// How the numbers of a user's array come to the scale of training: data.scaling.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "framework/data/scaling.h"

namespace irmae::data {

/// Samples [count, ...] on the scale that data.scaling (`wanted`) asks for, and how they came to it: uint8 images stay bytes,
/// all else becomes float32. `train`: indices of the samples that are trained on. Throws Error naming `path` where numbers are
/// not finite, cannot be scaled or need another choice, and UsageError for a choice of which bytes have no use.
std::pair<torch::Tensor, Scaling> scaled(const torch::Tensor& samples, std::span<const std::int64_t> train,
                                         const std::string& wanted, const std::filesystem::path& path);

/// What is said of values that are the same, but for rounding, in all samples [count >= 1, ...] of `train` but not in
/// `validation`; empty where there are none. Both have the numbers of the file.
std::string varying_in_validation_alone(const torch::Tensor& train, const torch::Tensor& validation);

/// What is said of few values that hold nearly all variance, since a model learns hardly anything else; empty where there are
/// many. samples: float32 [count, values].
std::string few_that_vary(const torch::Tensor& samples);

}  // namespace irmae::data
