// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include "framework/data/scaling.h"

namespace irmae::data {

/// Samples as pictures, uint8 on the host. What lies beyond black and white is clamped to them.
inline torch::Tensor to_bytes(const torch::Tensor& samples, const Scaling& scaling = {}) {
  torch::Tensor parts = samples.to(torch::kCPU, torch::kFloat32);
  if (scaling.shown) {
    const auto [black, white] = *scaling.shown;
    parts = (scaling.to_numbers(parts.to(torch::kFloat64)) - black) / (white - black);
  }
  return (parts.clamp(0, 1) * 255 + 0.5).to(torch::kUInt8);
}

/// The samples, of this type, that pictures by to_bytes() show.
inline torch::Tensor from_bytes(const torch::Tensor& bytes, const Scaling& scaling, torch::ScalarType type) {
  if (!scaling.shown) return bytes.to(type).div_(255);
  const auto [black, white] = *scaling.shown;
  return scaling.to_samples(bytes.to(torch::kFloat64) / 255 * (white - black) + black).to(type);
}

}  // namespace irmae::data
