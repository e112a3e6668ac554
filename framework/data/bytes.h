// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

namespace irmae::data {

/// Images with values in 0..1, which is where they are clamped to, as uint8 on the host.
inline torch::Tensor to_bytes(const torch::Tensor& images) {
  return (images.to(torch::kCPU, torch::kFloat32).clamp(0, 1) * 255 + 0.5).to(torch::kUInt8);
}

}  // namespace irmae::data
