// SPDX-License-Identifier: MIT
// Interpolation (figures 3 and 5): straight lines in the latent space between two validation images, ends included.
#include "analysis/evaluation/generation_codes.h"
#include "analysis/evaluation/images.h"

namespace irmae::evaluation::interpolation_evaluation {
namespace {

std::string why_not(const Context& context) {
  if (context.cell.integer("evaluate.interpolations") == 0) return "evaluate.interpolations is 0";
  if (context.dataset.size(data::Split::validation) < 2) return "fewer than two validation images";
  return why_no_images(context);
}

storage::Evaluation run(const Context& context) {
  if (!context.ranks.root()) return {};
  const std::int64_t rows =
      std::min(context.cell.integer("evaluate.interpolations"), context.dataset.size(data::Split::validation) / 2);
  const std::int64_t steps = context.cell.integer("evaluate.interpolation_steps");
  const torch::Tensor ends = generation_codes(context, data::Split::validation, 0, 2 * rows).view({rows, 2, -1});
  const torch::Tensor along = torch::linspace(0, 1, steps, torch::kFloat64).view({1, steps, 1});
  const torch::Tensor codes = ends.select(1, 0).unsqueeze(1) * (1 - along) + ends.select(1, 1).unsqueeze(1) * along;
  const torch::Tensor images = context.decode(codes.flatten(0, 1));
  return {.arrays = {labelled("images", images.unflatten(0, {rows, steps}), {"pair", "step", "channel", "y", "x"},
                              "decoded codes on the line between validation images 2 pair and 2 pair + 1, 255 is 1")}};
}

const RegisterEvaluation registered{{
    .name = "interpolation",
    .help = "lines in the latent space between validation images",
    .version = 2,  // in version 1 a VAE's ends were posterior means
    .changed = draws_codes,
    .keys = {{.path = "evaluate.interpolations",
              .fallback = std::int64_t{8},
              .help = "pairs of validation images to interpolate between",
              .least = 0,
              .most = 1000},
             {.path = "evaluate.interpolation_steps",
              .fallback = std::int64_t{10},
              .help = "images on each line, both ends included",
              .least = 2,
              .most = 1000}},
    .why_not = why_not,
    .run = run,
}};

}  // namespace
}  // namespace irmae::evaluation::interpolation_evaluation
