// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

namespace irmae::evaluation {

/// The covariance matrix, float64 [latent, latent], of codes, float64 [count >= 2, latent], with divisor count - 1.
inline torch::Tensor covariance_of(const torch::Tensor& codes) {
  const torch::Tensor centred = codes - codes.mean(0);
  return centred.t().mm(centred) / static_cast<double>(codes.size(0) - 1);
}

}  // namespace irmae::evaluation
