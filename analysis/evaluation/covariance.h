// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

namespace irmae::evaluation {

/// Of codes, float64 [count >= 2, latent]: [latent, latent], divisor count - 1.
inline torch::Tensor covariance_of(const torch::Tensor& codes) {
  const torch::Tensor centred = codes - codes.mean(0);
  return centred.t().mm(centred) / static_cast<double>(codes.size(0) - 1);
}

}  // namespace irmae::evaluation
