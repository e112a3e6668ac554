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
  /// "gaussian" (full covariance), "mixture" (evaluate.mixture_components) and, for a VAE, "prior" (standard normal).
  std::vector<std::pair<std::string, density::GaussianMixture>> named;
};

/// Collective: rank 0 fits at the first call, all ranks get the result. The latents of one cell are sampled with equal
/// random numbers from every density.
const Densities& densities(const Context& context);

/// The keys that choose them.
std::vector<manifest::Key> density_keys();

}  // namespace irmae::evaluation
