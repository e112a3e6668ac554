// SPDX-License-Identifier: MIT
// The densities from which samples are drawn, fitted once on the training codes for all evaluations that need them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analysis/density/gaussian_mixture.h"
#include "analysis/evaluation/evaluation.h"

namespace irmae::evaluation {

struct Densities {
  std::string why_not;  ///< why there are none; empty: there are
  std::string note;     ///< where they were fitted, if not where a GPU was to do it
  /// "gaussian" (full covariance), "mixture" (evaluate.mixture_components) and, for a VAE, "prior" (standard normal).
  std::vector<std::pair<std::string, density::GaussianMixture>> named;
};

/// Collective: the ranks fit together at the first call, and all get the result. The latents of one cell are sampled with equal
/// random numbers from every density.
const Densities& densities(const Context& context);

/// A mixture of so many components with full covariances, fitted to codes (float64 [count, latent], count >= components and
/// >= 2). `floor`: evaluate.covariance_floor. Random choices are functions of `seed`.
density::GaussianMixture fitted(const torch::Tensor& codes, std::int64_t components, std::uint64_t seed, double floor);

/// The prior of a VAE.
density::GaussianMixture standard_normal(std::int64_t width);

/// The keys that choose them.
std::vector<manifest::Key> density_keys();

}  // namespace irmae::evaluation
