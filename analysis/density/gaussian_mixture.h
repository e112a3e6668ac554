// SPDX-License-Identifier: MIT
// Gaussian mixtures with full covariances, fitted by expectation maximisation in float64. One component is the
// multivariate Gaussian of figure 6; four and ten are the paper's for MNIST and CelebA (figure 7, table 1).
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>

namespace irmae::density {

struct GaussianMixture {
  torch::Tensor weights;      ///< float64 [components], sums to 1
  torch::Tensor means;        ///< float64 [components, width]
  torch::Tensor covariances;  ///< float64 [components, width, width]

  /// The same mixture on a device.
  GaussianMixture to(torch::Device device) const { return {weights.to(device), means.to(device), covariances.to(device)}; }

  /// Mean log-likelihood of these samples, float64 [count, width], in nats a sample.
  double mean_log_likelihood(const torch::Tensor& samples) const;

  /// Draws the samples number first ... first + count - 1, float64 [count, width]: each is a function of (seed, its number)
  /// alone.
  torch::Tensor sample(std::uint64_t seed, std::int64_t first, std::int64_t count) const;
};

struct FitOptions {
  std::int64_t iterations = 200;
  double tolerance = 1e-4;  ///< ends when the mean log-likelihood rises by less, nats
  double floor = 1e-6;      ///< added to the covariances' diagonal
};

/// Weights, means and covariances of clusters by k-means++ (Arthur and Vassilvitskii 2007) and Lloyd's iterations, from which a
/// fit begins. samples: float64 [count, width] with count >= components. Random choices are functions of `seed`; `floor` is
/// added to the covariances' diagonal.
GaussianMixture clusters(const torch::Tensor& samples, std::int64_t components, std::uint64_t seed, double floor);

/// Sums a tensor over all who have a part of the samples, in place, to the same bits for each.
using Sum = std::function<void(const torch::Tensor&)>;

/// A mixture fitted to samples, float64 [count, width], by expectation maximisation from `start` (Dempster, Laird and Rubin
/// 1977), on the device where samples and start lie. With `sum`, `samples` are a part of all, of any size, and whoever has
/// another part makes the same call.
GaussianMixture fit(
    const torch::Tensor& samples, GaussianMixture start, const FitOptions& options,
    const Sum& sum = [](const torch::Tensor&) {});

}  // namespace irmae::density
