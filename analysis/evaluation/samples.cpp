// SPDX-License-Identifier: MIT
// Samples (figures 6 and 7): images decoded from codes that are drawn from a full-covariance Gaussian and from a Gaussian
// mixture, both fitted to the training codes; for a VAE also from its prior.
#include <fmt/format.h>

#include "analysis/evaluation/densities.h"
#include "analysis/evaluation/generation_codes.h"
#include "analysis/evaluation/images.h"

namespace irmae::evaluation::samples_evaluation {
namespace {

storage::Evaluation run(const Context& context) {
  const Densities& all = context.densities.of(context);
  if (!all.why_not.empty()) return {.notes = {{"missing", all.why_not}}};
  const torch::Tensor validation = gathered_generation_codes(context, data::Split::validation);
  if (!context.ranks.root()) return {};
  const std::int64_t count = why_no_images(context).empty() ? context.cell.integer("evaluate.samples") : 0;
  storage::Evaluation result;
  if (!all.note.empty()) result.notes.emplace_back("densities", all.note);
  result.notes.emplace_back("below_floor", all.below_floor);
  for (const auto& [name, mixture] : all.named) {
    if (count > 0)
      result.arrays.push_back(labelled(name, context.decode(mixture.sample(context.seed(), 0, count)),
                                       {"sample", "channel", "y", "x"},
                                       fmt::format("decoded samples of the {}, 255 is 1", name)));
    // The stored codes do not give these densities again.
    if (draws_codes(context.cell) && name != "prior") store(mixture, name, result);
    result.notes.emplace_back(name + "_components", mixture.weights.size(0));
    // How well the density fits codes that it has not seen.
    result.notes.emplace_back(name + "_validation_log_likelihood", mixture.mean_log_likelihood(validation));
  }
  return result;
}

std::vector<manifest::Key> keys() {
  std::vector<manifest::Key> all = density_keys();
  all.push_back({.path = "evaluate.samples",
                 .fallback = std::int64_t{64},
                 .help = "images sampled from each density and stored",
                 .least = 0,
                 .most = 10'000});
  return all;
}

const RegisterEvaluation registered{{
    .name = "samples",
    .help = "likelihoods of densities fitted to the training codes, and images of codes drawn from them",
    .version = 2,  // in version 1 a VAE's were of posterior means, and without images there was nothing
    .changed = draws_codes,
    .measures_more_from = 2,
    .keys = keys(),
    .run = run,
}};

}  // namespace
}  // namespace irmae::evaluation::samples_evaluation
