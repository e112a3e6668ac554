// SPDX-License-Identifier: MIT
// PCA of the latent space (figure 8): the grid over mean +- 2 standard deviations along the two leading principal
// components of the training codes, brought back to the latent space and decoded.
#include <ATen/ops/linalg_eigh.h>

#include "analysis/evaluation/covariance.h"
#include "analysis/evaluation/densities.h"
#include "analysis/evaluation/generation_codes.h"
#include "analysis/evaluation/images.h"

namespace irmae::evaluation::pca_evaluation {
namespace {

std::string why_not(const Context& context) {
  if (context.cell.integer("evaluate.pca_grid") == 0) return "evaluate.pca_grid is 0";
  if (context.cell.integer("model.latent") < 2) return "the latent size is below 2";
  return why_no_images(context);
}

storage::Evaluation run(const Context& context) {
  const torch::Tensor train_codes = context.densities.train_codes(context);
  if (!context.ranks.root()) return {};
  if (train_codes.size(0) < 2) return {.notes = {{"missing", std::string("fewer than two training codes")}}};
  const std::int64_t side = context.cell.integer("evaluate.pca_grid");
  const torch::Tensor mean = train_codes.mean(0);
  const auto [values, vectors] = at::linalg_eigh(covariance_of(train_codes));
  const torch::Tensor variance = values.flip(0).clamp_min(0);
  const torch::Tensor axes = vectors.flip(1).narrow(1, 0, 2);  // columns, the leading one first
  const torch::Tensor along = torch::linspace(-2, 2, side, torch::kFloat64);
  const torch::Tensor scaled = axes * variance.narrow(0, 0, 2).sqrt();
  // Rows go along the first component, columns along the second.
  const torch::Tensor codes =
      mean + along.view({side, 1, 1}) * scaled.select(1, 0) + along.view({1, side, 1}) * scaled.select(1, 1);
  const torch::Tensor images = context.decode(codes.flatten(0, 1));
  return {.arrays = {labelled("images", images.unflatten(0, {side, side}), {"first", "second", "channel", "y", "x"},
                              "decoded codes on the plane of the two leading principal components, 255 is 1"),
                     labelled("explained_variance", variance / variance.sum().clamp_min(1e-300), {"component"},
                              "share of the training codes' variance along each principal component")}};
}

const RegisterEvaluation registered{{
    .name = "pca",
    .help = "images over the plane of the two leading principal components",
    .version = 2,  // in version 1 a VAE's were of posterior means
    .changed = draws_codes,
    .keys = {{.path = "evaluate.pca_grid",
              .fallback = std::int64_t{10},
              .help = "images along each side of the grid over mean +- 2 standard deviations",
              .least = 0,
              .most = 100}},
    .why_not = why_not,
    .run = run,
}};

}  // namespace
}  // namespace irmae::evaluation::pca_evaluation
