// SPDX-License-Identifier: MIT
#include "analysis/evaluation/densities.h"

#include <ATen/ops/linalg_eigvalsh.h>
#include <fmt/format.h>

#include "analysis/evaluation/covariance.h"
#include "framework/device_failure.h"

namespace irmae::evaluation {

namespace {

/// What is added to the diagonal of covariances of these codes.
double floor_of(const torch::Tensor& codes, double share) {
  return std::max(share * codes.var(0).mean().item<double>(), 1e-30);
}

}  // namespace

density::GaussianMixture fitted(const torch::Tensor& codes, std::int64_t components, std::uint64_t seed, double floor) {
  const double added = floor_of(codes, floor);
  return density::fit(codes, density::clusters(codes, components, seed, added), {.floor = added});
}

density::GaussianMixture standard_normal(std::int64_t width) {
  const auto float64 = torch::TensorOptions(torch::kFloat64);
  return {torch::ones({1}, float64), torch::zeros({1, width}, float64), torch::eye(width, float64).unsqueeze(0)};
}

namespace {

/// Rank 0's tensors to all ranks.
density::GaussianMixture shared(const Context& context, density::GaussianMixture mine, std::int64_t components) {
  const std::int64_t width = context.cell.integer("model.latent");
  const auto send = [&](const torch::Tensor& tensor, std::vector<std::int64_t> shape) {
    torch::Tensor buffer = context.ranks.root() ? tensor.contiguous() : torch::empty(shape, torch::kFloat64);
    context.ranks.broadcast(buffer, "fitted density");
    return buffer;
  };
  return {send(mine.weights, {components}), send(mine.means, {components, width}),
          send(mine.covariances, {components, width, width})};
}

/// This rank's share of the training codes, which rank 0 has. Collective.
torch::Tensor own_codes(const Context& context, std::int64_t count) {
  if (context.ranks.size() == 1) return context.train_codes;
  const std::int64_t width = context.cell.integer("model.latent");
  const distributed::Share mine = context.ranks.share(count);
  const torch::Tensor own = torch::empty({mine.count, width}, torch::kFloat64);
  constexpr std::int64_t kAtOnce = 10'000;
  for (std::int64_t done = 0; done < count; done += kAtOnce) {
    const std::int64_t rows = std::min(kAtOnce, count - done);
    const torch::Tensor block = context.ranks.root() ? context.train_codes.narrow(0, done, rows).contiguous()
                                                     : torch::empty({rows, width}, torch::kFloat64);
    context.ranks.broadcast(block, "training codes for the densities");
    const std::int64_t first = std::max(done, mine.first), last = std::min(done + rows, mine.first + mine.count);
    if (first < last) own.narrow(0, first - mine.first, last - first).copy_(block.narrow(0, first - done, last - first));
  }
  return own;
}

/// Principal directions in which codes, float64 [count >= 2, latent], vary by less than this.
std::int64_t directions_below(double variance, const torch::Tensor& codes) {
  return (at::linalg_eigvalsh(covariance_of(codes)) < variance).sum().item<std::int64_t>();
}

/// floor_of all training codes. Collective.
double shared_floor(const Context& context) {
  const torch::Tensor floor = torch::zeros({1}, torch::kFloat64);
  if (context.ranks.root()) floor[0] = floor_of(context.train_codes, context.cell.real("evaluate.covariance_floor"));
  context.ranks.broadcast(floor, "scale of the training codes");
  return floor.item<double>();
}

/// All ranks fit together, each with its share of the codes: one alone would let the others wait for minutes. `note`: told
/// where a GPU was to fit and could not. Collective.
density::GaussianMixture fitted_together(const Context& context, const torch::Tensor& own, std::int64_t components,
                                         double floor, std::string& note) {
  density::GaussianMixture start;
  context.ranks.on_root([&] { start = density::clusters(context.train_codes, components, context.seed(), floor); },
                        "clusters of the training codes");
  const density::FitOptions options{.floor = floor};
  if (context.ranks.size() == 1 && context.device.is_cuda()) {
    try {
      return density::fit(own.to(context.device), start.to(context.device), options).to(torch::kCPU);
    } catch (const std::exception& error) {
      if (!is_full_memory(error)) throw;
      note = "fitted on the CPU, as the GPU's memory was full";  // the host has more
    }
  }
  start = shared(context, std::move(start), components);
  const auto sum = [&](const torch::Tensor& part) {
    if (context.ranks.size() == 1) return;
    context.ranks.sum(part, "fit of a density to the training codes");
    context.ranks.broadcast(part, "fit of a density to the training codes");  // equal bits: all end in the same iteration
  };
  return density::fit(own, std::move(start), options, sum);
}

/// Collective.
Densities densities_of(const Context& context) {
  Densities all;
  const std::int64_t components = context.cell.integer("evaluate.mixture_components");
  const std::int64_t codes = std::min(context.cell.integer("evaluate.train_latents"), context.dataset.size(data::Split::train));
  if (codes < std::max<std::int64_t>(components, 2)) {
    all.why_not = fmt::format("{} training codes are too few to fit a density: raise evaluate.train_latents", codes);
    return all;
  }
  const torch::Tensor own = own_codes(context, codes);
  const double floor = shared_floor(context);
  if (context.ranks.root()) all.below_floor = directions_below(floor, context.train_codes);
  for (const auto& [name, count] : {std::pair<std::string, std::int64_t>{"gaussian", 1}, {"mixture", components}})
    all.named.emplace_back(name, fitted_together(context, own, count, floor, all.note));
  if (context.method.has_prior()) all.named.emplace_back("prior", standard_normal(context.cell.integer("model.latent")));
  return all;
}

}  // namespace

const Densities& DensityCache::of(const Context& context) {
  if (!fitted_) fitted_ = densities_of(context);
  return *fitted_;
}

std::vector<manifest::Key> density_keys() {
  return {{.path = "evaluate.mixture_components",
           .fallback = std::int64_t{4},
           .help = "components of the Gaussian mixture fitted to the training codes",
           .least = 1,
           .most = 1000},
          {.path = "evaluate.covariance_floor",
           .fallback = 1e-6,
           .help = "added to the diagonal of fitted covariances, as a share of the codes' mean variance",
           .least = 1e-12,
           .most = 1}};
}

}  // namespace irmae::evaluation
