// SPDX-License-Identifier: MIT
#include "analysis/evaluation/densities.h"

#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <fmt/format.h>

#include "analysis/evaluation/covariance.h"
#include "analysis/evaluation/generation_codes.h"
#include "framework/device_failure.h"
#include "framework/tensors.h"
#include "storage/error.h"

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

/// This rank's share of the `count` training codes, `all` of which rank 0 has. Collective.
torch::Tensor own_codes(const Context& context, const torch::Tensor& all, std::int64_t count) {
  if (context.ranks.size() == 1) return all;
  const std::int64_t width = context.cell.integer("model.latent");
  const Share mine = context.ranks.share(count);
  const torch::Tensor own = torch::empty({mine.count, width}, torch::kFloat64);
  constexpr std::int64_t kAtOnce = 10'000;
  for (std::int64_t done = 0; done < count; done += kAtOnce) {
    const std::int64_t rows = std::min(kAtOnce, count - done);
    const torch::Tensor block =
        context.ranks.root() ? all.narrow(0, done, rows).contiguous() : torch::empty({rows, width}, torch::kFloat64);
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

/// floor_of all training codes, which rank 0 has. Collective.
double shared_floor(const Context& context, const torch::Tensor& all) {
  const torch::Tensor floor = torch::zeros({1}, torch::kFloat64);
  if (context.ranks.root()) floor[0] = floor_of(all, context.cell.real("evaluate.covariance_floor"));
  context.ranks.broadcast(floor, "scale of the training codes");
  return floor.item<double>();
}

/// All ranks fit together, each with its own share of the codes, `all` of which rank 0 has: one alone would let the others wait
/// for minutes. `note`: told where a GPU was to fit and could not. Collective.
density::GaussianMixture fitted_together(const Context& context, const torch::Tensor& all, const torch::Tensor& own,
                                         std::int64_t components, double floor, std::string& note) {
  density::GaussianMixture start;
  context.ranks.on_root([&] { start = density::clusters(all, components, context.seed(), floor); },
                        "clusters of the training codes");
  start = shared(context, std::move(start), components);
  const auto sum = [&](const torch::Tensor& part) {
    if (context.ranks.size() == 1) return;
    context.ranks.sum(part, "fit of a density to the training codes");
    context.ranks.broadcast(part, "fit of a density to the training codes");  // equal bits: all end in the same iteration
  };
  return on_device_or_host(
      context.ranks.size() == 1 ? context.device : torch::kCPU,
      [&](torch::Device device) {
        return density::fit(own.to(device), start.to(device), {.floor = floor}, sum).to(torch::kCPU);
      },
      [&] { note = "fitted on the CPU, as the GPU's memory was full"; });
}

/// Collective.
Densities densities_of(const Context& context, DensityCache& cache) {
  Densities all;
  const std::int64_t components = context.cell.integer("evaluate.mixture_components");
  const std::int64_t codes = code_count(context, data::Split::train);
  if (codes < std::max<std::int64_t>(components, 2)) {
    all.why_not = fmt::format("{} training codes are too few to fit a density: raise evaluate.train_latents", codes);
    return all;
  }
  const torch::Tensor train_codes = cache.train_codes(context), own = own_codes(context, train_codes, codes);
  const double floor = shared_floor(context, train_codes);
  if (context.ranks.root()) all.below_floor = directions_below(floor, train_codes);
  for (const auto& [name, count] : {std::pair<std::string, std::int64_t>{"gaussian", 1}, {"mixture", components}})
    all.named.emplace_back(name, fitted_together(context, train_codes, own, count, floor, all.note));
  if (context.method.has_prior()) all.named.emplace_back("prior", standard_normal(context.cell.integer("model.latent")));
  return all;
}

}  // namespace

const Densities& DensityCache::of(const Context& context) {
  if (!fitted_) fitted_ = densities_of(context, *this);
  return *fitted_;
}

torch::Tensor DensityCache::train_codes(const Context& context) {
  if (!train_codes_) train_codes_ = gathered_generation_codes(context, data::Split::train);
  return *train_codes_;
}

void store(const density::GaussianMixture& mixture, const std::string& name, storage::Evaluation& evaluation) {
  const std::string part = name + "_component";
  const auto add = [&](const std::string& what, const torch::Tensor& values, std::vector<std::string> dimensions) {
    evaluation.arrays.push_back(labelled(name + "_" + what, values, std::move(dimensions),
                                         fmt::format("{} of the components of the {} of the training codes", what, name)));
  };
  add("weights", mixture.weights, {part});
  add("means", mixture.means, {part, "component"});
  add("covariances", mixture.covariances, {part, "component", "component_2"});
}

std::optional<density::GaussianMixture> stored_density(const storage::Evaluation& evaluation, const std::string& name,
                                                       std::int64_t width, const std::string& file) {
  const storage::NamedArray* const weights = evaluation.array(name + "_weights");
  if (!weights) return {};
  const std::int64_t components = storage::elements_of(weights->shape);
  const auto read = [&](const std::string& what, const std::vector<std::int64_t>& shape) {
    const storage::NamedArray* const array = evaluation.array(name + what);
    if (components < 1 || !array || array->shape != shape || !std::holds_alternative<std::vector<double>>(array->values))
      throw Error(fmt::format("{}: /evaluation/{}/{}{} is not of a density of {} numbers: the file is damaged", file,
                              evaluation.name, name, what, width));
    return to_tensor(*array);
  };
  density::GaussianMixture found{read("_weights", {components}), read("_means", {components, width}),
                                 read("_covariances", {components, width, width})};
  const auto is_finite = [](const torch::Tensor& numbers) { return numbers.isfinite().all().item<bool>(); };
  if (!is_finite(found.weights) || !is_finite(found.means) || !is_finite(found.covariances) ||
      std::get<1>(at::linalg_cholesky_ex(found.covariances)).any().item<bool>())
    throw Error(fmt::format("{}: /evaluation/{}: the numbers of {} are those of no density: the file is damaged", file,
                            evaluation.name, name));
  return found;
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
