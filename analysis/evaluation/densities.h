// SPDX-License-Identifier: MIT
// The densities from which samples are drawn, fitted once on the training codes for all evaluations that need them. Which codes
// these are: see generation_codes.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/density/gaussian_mixture.h"
#include "analysis/evaluation/evaluation.h"

namespace irmae::evaluation {

/// Densities of a model's codes, by name.
struct Densities {
  std::string why_not;  ///< why there are none; empty: there are
  std::string note;     ///< where they were fitted, if not where a GPU was to do it
  /// Number of principal directions in which training codes vary by less than what is added to covariances' diagonals; on rank
  /// 0 only.
  std::int64_t below_floor = 0;
  /// The densities by name: "gaussian" (full covariance), "mixture" (evaluate.mixture_components) and, of a method that has one
  /// (a VAE), "prior" (standard normal).
  std::vector<std::pair<std::string, density::GaussianMixture>> named;
};

/// The densities of one trained model. Evaluations that need them share one, so that they are fitted once and only where one of
/// them is asked for.
class DensityCache {
 public:
  /// The densities of the model's training codes. Collective at the first call: the ranks fit together, for minutes, and all
  /// get the result. Every rank has to be there; later calls only give what was fitted then. `context` has to be the same
  /// model's each time. The latents of one cell are sampled with equal random numbers from every density.
  const Densities& of(const Context& context);

  /// The training codes to which densities and principal components are fitted, float64 [count, latent] on rank 0, undefined
  /// elsewhere. Collective at the first call, as of() is.
  torch::Tensor train_codes(const Context& context);

 private:
  std::optional<Densities> fitted_;
  std::optional<torch::Tensor> train_codes_;
};

/// A mixture of so many components with full covariances, fitted to codes (float64 [count, latent], count >= components and
/// >= 2). `floor`: evaluate.covariance_floor. Random choices are functions of `seed`.
density::GaussianMixture fitted(const torch::Tensor& codes, std::int64_t components, std::uint64_t seed, double floor);

/// The standard normal density of codes [width]: the prior of methods that have one.
density::GaussianMixture standard_normal(std::int64_t width);

/// Adds a density's numbers to an evaluation: arrays NAME_weights [component], NAME_means [component, latent] and
/// NAME_covariances [component, latent, latent].
void store(const density::GaussianMixture& mixture, const std::string& name, storage::Evaluation& evaluation);
/// The density of codes [width] that an evaluation has under this name by store(); nothing where it has none. Throws Error
/// naming `file`, which the evaluation is from, where its arrays are not those of such a density.
std::optional<density::GaussianMixture> stored_density(const storage::Evaluation& evaluation, const std::string& name,
                                                       std::int64_t width, const std::string& file);

/// The keys that say how densities are fitted.
std::vector<manifest::Key> density_keys();

}  // namespace irmae::evaluation
