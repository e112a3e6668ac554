// SPDX-License-Identifier: MIT
// Linear directions of labelled attributes in the latent space. For data whose samples have binary attributes: Fisher's
// linear discriminant of each attribute (Fisher 1936), fitted to the training codes and judged on the validation codes, and
// images whose codes move with the attributes that are told apart best. A discriminant's weights say how to read an
// attribute, not how codes change with it: they may lie where codes hardly vary, and images along them stay the same. The
// move is therefore the regression of codes on the discriminant's score (Haufe et al. 2014, "On the interpretation of weight
// vectors of linear models in multivariate neuroimaging", equation 6).
#include <ATen/ops/linalg_solve.h>
#include <fmt/format.h>

#include <limits>

#include "analysis/evaluation/images.h"

namespace irmae::evaluation::attributes_evaluation {
namespace {

std::string why_not(const Context& context) {
  if (!context.cell.flag("evaluate.attributes")) return "evaluate.attributes is false";
  if (context.dataset.facts().attribute_names.empty()) return "the data has no binary attributes";
  return "";
}

/// A code belongs to the attribute where weights . code > threshold.
struct Discriminant {
  torch::Tensor weights;  ///< float64 [latent], in the units of the codes
  double threshold = 0;   ///< half way between the two means: the attribute counts as being as frequent as its absence
};

/// Codes as the discriminants see them: standardised, since a method may give its components any scale.
struct Standardised {
  torch::Tensor mean, scale;  ///< float64 [latent], of the codes
  torch::Tensor codes;        ///< float64 [count, latent]
  torch::Tensor products;     ///< codes' codes, which all attributes share
};

Standardised standardised(const torch::Tensor& codes) {
  const torch::Tensor deviation = codes.std(0);
  // Components that never vary have no say.
  const torch::Tensor scale = deviation.clamp_min(std::max(1e-6 * deviation.max().item<double>(), 1e-300));
  const torch::Tensor mean = codes.mean(0), standard = (codes - mean) / scale;
  return {mean, scale, standard, standard.t().mm(standard)};
}

/// present: bool [count], with both values in it. `ridge` is added to the within-class variances.
Discriminant fit(const Standardised& all, const torch::Tensor& present, double ridge) {
  const torch::Tensor indicator = present.to(torch::kFloat64), sum_with = all.codes.t().mv(indicator);
  const double with = indicator.sum().item<double>(), count = static_cast<double>(all.codes.size(0)), without = count - with;
  const torch::Tensor mean_with = sum_with / with, mean_without = (all.codes.sum(0) - sum_with) / without;
  const torch::Tensor within =
      (all.products - with * mean_with.outer(mean_with) - without * mean_without.outer(mean_without)) / count +
      ridge * torch::eye(all.codes.size(1), torch::kFloat64);
  const torch::Tensor weights = at::linalg_solve(within, mean_with - mean_without) / all.scale;
  const torch::Tensor middle = all.mean + 0.5 * (mean_with + mean_without) * all.scale;
  return {weights, weights.dot(middle).item<double>()};
}

bool has_both(const torch::Tensor& present) { return present.any().item<bool>() && !present.all().item<bool>(); }

double share(const torch::Tensor& right) { return right.to(torch::kFloat64).mean().item<double>(); }

/// What is known of each attribute, float64 [attribute]; its discriminant's weights at length 1 and the mean change of a code
/// whose score rises by one standard deviation of the training codes' scores, float64 [attribute, latent]. NaN and zero
/// where a split lacks samples with it, or without.
struct Separability {
  torch::Tensor accuracy, balanced, prevalence, directions, moves;
};

Separability separability(const Context& context, const torch::Tensor& train, const torch::Tensor& validation) {
  const std::int64_t count = train.size(1), latent = context.train_codes.size(1);
  const torch::Tensor unknown = torch::full({count}, std::numeric_limits<double>::quiet_NaN(), torch::kFloat64);
  const torch::Tensor none = torch::zeros({count, latent}, torch::kFloat64);
  Separability result{unknown.clone(), unknown.clone(), unknown.clone(), none.clone(), none.clone()};
  const Standardised all = standardised(context.train_codes);
  const torch::Tensor centred = context.train_codes - all.mean;
  for (std::int64_t i = 0; i < count; ++i) {
    const torch::Tensor learn = train.select(1, i) != 0, judge = validation.select(1, i) != 0;
    result.prevalence[i] = share(judge);
    if (!has_both(learn) || !has_both(judge)) continue;
    const Discriminant found = fit(all, learn, context.cell.real("evaluate.attribute_ridge"));
    const torch::Tensor told = context.validation_codes.mv(found.weights) > found.threshold;
    const torch::Tensor right = told == judge;
    result.accuracy[i] = share(right);
    result.balanced[i] = 0.5 * (share(right.index({judge})) + share(right.index({judge.logical_not()})));
    result.directions[i].copy_(found.weights / found.weights.norm().clamp_min(1e-300));
    const torch::Tensor score = centred.mv(found.weights);
    const auto degrees = static_cast<double>(centred.size(0) - 1);
    result.moves[i].copy_(centred.t().mv(score) / degrees / (score.square().sum() / degrees).sqrt().clamp_min(1e-300));
  }
  return result;
}

/// Validation images moved with the best separated attributes, and which attribute each row is of.
void add_images(const Context& context, const Separability& found, storage::Evaluation& result) {
  const manifest::Cell& cell = context.cell;
  const std::int64_t steps = cell.integer("evaluate.attribute_steps");
  const std::int64_t images = std::min(cell.integer("evaluate.attribute_images"), context.validation_codes.size(0));
  const torch::Tensor order = torch::nan_to_num(found.balanced, -1).argsort(/*stable=*/true, /*dim=*/0, /*descending=*/true);
  const torch::Tensor along = cell.real("evaluate.attribute_deviations") * torch::linspace(-1, 1, steps, torch::kFloat64);
  std::vector<torch::Tensor> codes;
  std::vector<std::int64_t> attribute;
  for (std::int64_t k = 0; k < std::min(cell.integer("evaluate.attribute_directions"), order.size(0)); ++k) {
    const auto i = order[k].item<std::int64_t>();
    if (found.balanced[i].isnan().item<bool>()) break;
    for (std::int64_t image = 0; image < images; ++image) {
      codes.push_back(context.validation_codes[image] + along.unsqueeze(1) * found.moves[i]);
      attribute.push_back(i);
    }
  }
  if (codes.empty()) return;
  const auto rows = static_cast<std::int64_t>(codes.size());
  result.arrays.push_back(labelled("images", context.decode(torch::cat(codes)).unflatten(0, {rows, steps}),
                                   {"row", "step", "channel", "y", "x"},
                                   "validation images whose codes move with an attribute, 255 is 1"));
  result.arrays.push_back(labelled("row_attribute", torch::tensor(attribute, torch::kInt64), {"row"},
                                   "attribute with which the codes of a row move"));
  result.arrays.push_back(
      labelled("deviations", along, {"step"}, "length of the move", "standard deviations of the training codes' scores"));
}

storage::Evaluation run(const Context& context) {
  if (!context.ranks.root()) return {};
  const std::int64_t train = context.train_codes.size(0), validation = context.validation_codes.size(0);
  if (train < 2 || validation < 2)
    return {.notes = {{"missing", std::string("fewer than two training or validation codes: raise evaluate.train_latents")}}};
  const Separability found =
      separability(context, context.dataset.attributes(data::Split::train, data::consecutive(0, train)),
                   context.dataset.attributes(data::Split::validation, data::consecutive(0, validation)));
  storage::Evaluation result{
      .arrays = {labelled("accuracy", found.accuracy, {"attribute"}, "share of validation codes told right"),
                 labelled("balanced_accuracy", found.balanced, {"attribute"},
                          "mean of the shares told right among codes with and without the attribute"),
                 labelled("prevalence", found.prevalence, {"attribute"}, "share of validation samples with the attribute"),
                 labelled("directions", found.directions, {"attribute", "component"},
                          "weights of the linear discriminant, at length 1"),
                 labelled("moves", found.moves, {"attribute", "component"},
                          "mean change of a code whose score rises by one standard deviation")},
      .notes = {{"names", fmt::format("{}", fmt::join(context.dataset.facts().attribute_names, " "))},
                {"train_codes", train},
                {"validation_codes", validation},
                {"ridge", context.cell.real("evaluate.attribute_ridge")}}};
  if (why_no_images(context).empty()) add_images(context, found, result);
  return result;
}

std::vector<manifest::Key> keys() {
  return {{.path = "evaluate.attributes",
           .fallback = true,
           .help = "measure how well a linear discriminant tells each binary attribute of the data from the code"},
          {.path = "evaluate.attribute_ridge",
           .fallback = 1e-3,
           .help = "added to the within-class variances of the standardised codes",
           .least = 1e-12,
           .most = 1e6},
          {.path = "evaluate.attribute_directions",
           .fallback = std::int64_t{4},
           .help = "attributes, the best separated ones, with which images are moved; 0: none",
           .least = 0,
           .most = 1000},
          {.path = "evaluate.attribute_images",
           .fallback = std::int64_t{2},
           .help = "validation images that are moved with each of these attributes",
           .least = 0,
           .most = 1000},
          {.path = "evaluate.attribute_steps",
           .fallback = std::int64_t{9},
           .help = "images of each move, an odd number has the unmoved one in the middle",
           .least = 2,
           .most = 1000},
          {.path = "evaluate.attribute_deviations",
           .fallback = 3.0,
           .help = "length of the move to either side, in standard deviations of the training codes' scores",
           .least = 0,
           .most = 1000}};
}

const RegisterEvaluation registered{{
    .name = "attributes",
    .help = "linear directions of the data's binary attributes in the latent space",
    .keys = keys(),
    .why_not = why_not,
    .run = run,
}};

}  // namespace
}  // namespace irmae::evaluation::attributes_evaluation
