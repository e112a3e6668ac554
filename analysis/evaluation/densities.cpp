// SPDX-License-Identifier: MIT
#include "analysis/evaluation/densities.h"

#include <fmt/format.h>

namespace irmae::evaluation {

density::GaussianMixture fitted(const torch::Tensor& codes, std::int64_t components, std::uint64_t seed, double floor) {
  const double variance = codes.var(0).mean().item<double>();
  const double added = std::max(floor * variance, 1e-30);
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

}  // namespace

const Densities& densities(const Context& context) {
  if (context.densities) return *context.densities;
  context.densities = std::make_shared<Densities>();
  Densities& all = *context.densities;
  const std::int64_t components = context.cell.integer("evaluate.mixture_components");
  const std::int64_t codes = std::min(context.cell.integer("evaluate.train_latents"), context.dataset.train_size());
  if (codes < std::max<std::int64_t>(components, 2)) {
    all.why_not = fmt::format("{} training codes are too few to fit a density: raise evaluate.train_latents", codes);
    return all;
  }
  for (const auto& [name, count] : {std::pair<std::string, std::int64_t>{"gaussian", 1}, {"mixture", components}}) {
    density::GaussianMixture mine;
    context.ranks.on_root(
        [&] { mine = fitted(context.train_codes, count, context.seed(), context.cell.real("evaluate.covariance_floor")); },
        "fit of a density to the training codes");
    all.named.emplace_back(name, shared(context, std::move(mine), count));
  }
  if (context.cell.text("model.method") == "vae")
    all.named.emplace_back("prior", standard_normal(context.cell.integer("model.latent")));
  return all;
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
           .least = 0,
           .most = 1}};
}

}  // namespace irmae::evaluation
