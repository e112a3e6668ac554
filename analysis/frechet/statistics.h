// SPDX-License-Identifier: MIT
// Frechet distance between two sets of features, each taken as a Gaussian (Heusel et al. 2017; Dowson and Landau 1982):
//   |m1 - m2|^2 + tr(S1) + tr(S2) - 2 tr((S1^1/2 S2 S1^1/2)^1/2)
// in float64, with eigenvalues of symmetric matrices only: a general matrix square root loses digits, and in float32 fails.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace irmae::frechet {

/// A set of features as a Gaussian.
struct Statistics {
  std::int64_t count = 0;
  torch::Tensor mean;        ///< float64 [width]
  torch::Tensor covariance;  ///< float64 [width, width], divisor count - 1
};

/// Sums from which statistics follow; those of several ranks add up.
struct Sums {
  explicit Sums(std::int64_t width);
  /// Adds features [count, width] of any floating type.
  void add(const torch::Tensor& features);
  /// Mean and covariance of what was added. Throws Error for fewer than two samples.
  Statistics statistics() const;

  torch::Tensor count;     ///< float64 [1]
  torch::Tensor first;     ///< float64 [width], sum
  torch::Tensor products;  ///< float64 [width, width], sum of outer products
};

/// The Frechet distance between two Gaussians of one width, in the squared units of the features; never below zero.
double distance(const Statistics& a, const Statistics& b);

}  // namespace irmae::frechet
