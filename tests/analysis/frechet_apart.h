// SPDX-License-Identifier: MIT
// The Frechet distance by another way than the program's.
#pragma once

#include <torch/types.h>

#include <cmath>
#include <tuple>

namespace irmae::tests {

/// Of two sets of features, float64 [count, width]. The nuclear norm of the centred sets' product is the trace of the root:
/// no covariance is made.
inline double frechet_apart(const torch::Tensor& a, const torch::Tensor& b) {
  const auto degrees_a = static_cast<double>(a.size(0) - 1), degrees_b = static_cast<double>(b.size(0) - 1);
  const torch::Tensor centred_a = a - a.mean(0), centred_b = b - b.mean(0);
  const double cross = std::get<1>(centred_a.mm(centred_b.t()).svd()).sum().item<double>() / std::sqrt(degrees_a * degrees_b);
  const double traces =
      centred_a.square().sum().item<double>() / degrees_a + centred_b.square().sum().item<double>() / degrees_b;
  return (a.mean(0) - b.mean(0)).square().sum().item<double>() + traces - 2 * cross;
}

}  // namespace irmae::tests
