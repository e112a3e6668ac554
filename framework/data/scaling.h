// SPDX-License-Identifier: MIT
// How a user's numbers became the samples that a model is trained on, so that a trained model can take and give them as they
// were: sample = (number - offset) / factor. And how pictures show them.
#pragma once

#include <torch/types.h>

#include <optional>

namespace irmae::data {

struct Range {
  double black, white;
};

struct Scaling {
  torch::Tensor offset{};        ///< of one sample's shape, float64; undefined: numbers are taken as they are
  torch::Tensor factor{};        ///< one number, or one for each value of a sample, float64; undefined as `offset` is
  std::optional<Range> shown{};  ///< numbers that pictures show as black and white; none: the samples 0 and 1

  torch::Tensor to_samples(const torch::Tensor& numbers) const {
    return offset.defined() ? ((numbers.to(torch::kFloat64) - offset) / factor).to(numbers.scalar_type()) : numbers;
  }
  /// float64 where there is an offset: such numbers may be larger than float32 tells apart.
  torch::Tensor to_numbers(const torch::Tensor& samples) const {
    return offset.defined() ? samples.to(torch::kFloat64) * factor + offset : samples;
  }
};

}  // namespace irmae::data
