// SPDX-License-Identifier: MIT
#include "analysis/density/gaussian_mixture.h"

#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_solve_triangular.h>

#include <algorithm>
#include <limits>

#include "framework/data/dataset.h"
#include "framework/data/philox.h"

namespace irmae::density {

namespace {

constexpr std::int64_t kLloydIterations = 100;
constexpr double kLog2Pi = 1.8378770664093454835606594728112;

/// Squared distances, [count, components].
torch::Tensor squared_distances(const torch::Tensor& samples, const torch::Tensor& means) {
  const torch::Tensor cross = samples.mm(means.t());
  return (samples.square().sum(1, true) - 2 * cross + means.square().sum(1)).clamp_min(0);
}

/// A uniform number in [0, 1) with 53 bits for choice `draw`.
double uniform(std::uint64_t seed, std::uint64_t index, std::uint32_t draw) {
  const data::Block block = data::random_block(seed, data::Stream::density, index, draw);
  return static_cast<double>((static_cast<std::uint64_t>(block[0]) << 21) ^ (block[1] >> 11)) * 0x1p-53;
}

/// Index of the first place where the running sum of `weights` passes u times their sum.
std::int64_t choose(const torch::Tensor& weights, double u) {
  const torch::Tensor running = weights.cumsum(0);
  const double target = u * running[-1].item<double>();
  return std::min((running <= target).sum().item<std::int64_t>(), weights.size(0) - 1);
}

torch::Tensor plus_plus(const torch::Tensor& samples, std::int64_t components, std::uint64_t seed) {
  const auto count = static_cast<double>(samples.size(0));
  std::vector<torch::Tensor> means{samples[static_cast<std::int64_t>(uniform(seed, 0, 0) * count)]};
  torch::Tensor nearest = squared_distances(samples, means[0].unsqueeze(0)).squeeze(1);
  for (std::int64_t k = 1; k < components; ++k) {
    means.push_back(samples[choose(nearest, uniform(seed, static_cast<std::uint64_t>(k), 0))]);
    nearest = torch::minimum(nearest, squared_distances(samples, means.back().unsqueeze(0)).squeeze(1));
  }
  return torch::stack(means);
}

/// Weights, means and covariances of samples that belong to components with these responsibilities [count, components].
GaussianMixture moments(const torch::Tensor& samples, const torch::Tensor& responsibilities, double floor, const Sum& sum) {
  torch::Tensor mass = responsibilities.sum(0);
  const torch::Tensor first = responsibilities.t().mm(samples);
  sum(mass);
  sum(first);
  mass = mass + 10 * std::numeric_limits<double>::epsilon();
  GaussianMixture mixture;
  mixture.weights = mass / mass.sum();
  mixture.means = first / mass.unsqueeze(1);
  std::vector<torch::Tensor> second;
  for (std::int64_t k = 0; k < responsibilities.size(1); ++k) {
    const torch::Tensor centred = samples - mixture.means[k];
    second.push_back((centred * responsibilities.select(1, k).unsqueeze(1)).t().mm(centred));
  }
  const torch::Tensor scatter = torch::stack(second);
  sum(scatter);
  mixture.covariances = scatter / mass.view({-1, 1, 1}) + floor * torch::eye(samples.size(1), samples.options());
  return mixture;
}

/// log(weight_k) + log density of component k at each sample, [count, components].
torch::Tensor weighted_log_densities(const GaussianMixture& mixture, const torch::Tensor& samples) {
  const torch::Tensor factors = at::linalg_cholesky(mixture.covariances);
  const auto width = static_cast<double>(samples.size(1));
  std::vector<torch::Tensor> columns;
  for (std::int64_t k = 0; k < mixture.weights.size(0); ++k) {
    const torch::Tensor white = at::linalg_solve_triangular(factors[k], (samples - mixture.means[k]).t(), /*upper=*/false);
    columns.push_back(mixture.weights[k].log() - 0.5 * (width * kLog2Pi + white.square().sum(0)) -
                      factors[k].diagonal().log().sum());
  }
  return torch::stack(columns, 1);
}

}  // namespace

double GaussianMixture::mean_log_likelihood(const torch::Tensor& samples) const {
  return torch::logsumexp(weighted_log_densities(*this, samples), 1).mean().item<double>();
}

torch::Tensor GaussianMixture::sample(std::uint64_t seed, std::int64_t first, std::int64_t count) const {
  const torch::Tensor factors = at::linalg_cholesky(covariances);
  const torch::Tensor noise =
      data::normal_noise(seed, data::Stream::density_noise, first, count, means.size(1)).to(torch::kFloat64);
  torch::Tensor samples = torch::empty_like(noise);
  for (std::int64_t row = 0; row < count; ++row) {
    // Draw 1: draw 0 of the same stream belongs to the choices of k-means++.
    const std::int64_t k = choose(weights, uniform(seed, static_cast<std::uint64_t>(first + row), 1));
    samples[row].copy_(means[k] + factors[k].mv(noise[row]));
  }
  return samples;
}

GaussianMixture clusters(const torch::Tensor& samples, std::int64_t components, std::uint64_t seed, double floor) {
  torch::Tensor means = plus_plus(samples, components, seed);
  torch::Tensor member;
  for (std::int64_t iteration = 0; iteration < kLloydIterations; ++iteration) {
    const torch::Tensor now = squared_distances(samples, means).argmin(1);
    if (member.defined() && torch::equal(now, member)) break;
    member = now;
    const torch::Tensor of = torch::one_hot(member, components).to(torch::kFloat64);
    const torch::Tensor mass = of.sum(0).unsqueeze(1);
    // A cluster that lost its last sample keeps its mean.
    means = torch::where(mass > 0, of.t().mm(samples) / mass.clamp_min(1), means);
  }
  return moments(samples, torch::one_hot(member, components).to(torch::kFloat64), floor, [](const torch::Tensor&) {});
}

GaussianMixture fit(const torch::Tensor& samples, GaussianMixture mixture, const FitOptions& options, const Sum& sum) {
  double before = -std::numeric_limits<double>::infinity();
  for (std::int64_t iteration = 0; iteration < options.iterations; ++iteration) {
    const torch::Tensor densities = weighted_log_densities(mixture, samples);
    const torch::Tensor total = torch::logsumexp(densities, 1, true);
    mixture = moments(samples, (densities - total).exp(), options.floor, sum);
    const torch::Tensor likelihood =
        torch::stack({total.sum(), torch::full({}, static_cast<double>(samples.size(0)), total.options())});
    sum(likelihood);
    const double now = (likelihood[0] / likelihood[1]).item<double>();
    if (now - before < options.tolerance) break;
    before = now;
  }
  return mixture;
}

}  // namespace irmae::density
