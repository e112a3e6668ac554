// SPDX-License-Identifier: MIT
// The intrinsic dimension of the validation samples and of their codes by estimates from their nearest neighbours, which know
// nothing of the model: what an effective rank of the codes is to be held against. Samples that repeat an earlier one are left
// out, and their codes with them.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/dimension/neighbours.h"
#include "analysis/evaluation/evaluation.h"
#include "framework/data/in_batches.h"
#include "framework/device_failure.h"

namespace irmae::evaluation::dimension_evaluation {
namespace {

std::string why_not(const Context& context) {
  return context.cell.integer("evaluate.dimension_samples") == 0 ? "evaluate.dimension_samples is 0" : "";
}

/// The first validation samples, float64 [count, numbers of a sample], on every rank.
torch::Tensor samples_of(const Context& context, std::int64_t count) {
  torch::Tensor all;
  for_batches({0, count}, kBatchRows, [&](const std::vector<std::int64_t>& indices) {
    const torch::Tensor samples = context.dataset.batch(data::Split::validation, indices).images.flatten(1);
    if (!all.defined()) all = torch::empty({count, samples.size(1)}, torch::kFloat64);
    all.narrow(0, indices.front(), samples.size(0)).copy_(samples);
  });
  return all;
}

/// Of the points of this rank's share, on the host.
torch::Tensor own_distances(const Context& context, const torch::Tensor& points) {
  const Share mine = context.ranks.share(points.size(0));
  return on_device_or_host(context.device, [&](torch::Device device) {
    return dimension::nearest(points.to(device), mine.first, mine.count, dimension::kNeighbours).to(torch::kCPU);
  });
}

/// Each rank looks for the neighbours of its share. Collective; rank 0 gets all distances, float64 [count, kNeighbours].
torch::Tensor distances_of(const Context& context, const torch::Tensor& points) {
  return context.ranks.gather_rows(own_distances(context, points), "distances of nearest neighbours");
}

/// Distances of codes, float64 [count, latent], that differ by more than rounding: a network in float32 gives equal samples
/// codes of other last bits, and a dead one gives such to all.
torch::Tensor distances_of_codes(const torch::Tensor& codes) {
  constexpr double kRounding = 1e-6;
  const torch::Tensor distinct = codes.index_select(0, dimension::distinct_rows(codes));
  const std::int64_t count = distinct.size(0);
  if (count <= dimension::kNeighbours) return torch::empty({0, dimension::kNeighbours}, torch::kFloat64);
  const double largest = torch::linalg_vector_norm(distinct, 2, 1).max().item<double>();
  return dimension::apart(dimension::nearest(distinct, 0, count, dimension::kNeighbours), kRounding * largest);
}

/// `left_out`: how many points, since they repeat others.
void add(const std::string& of, const torch::Tensor& distances, std::int64_t left_out, storage::Attributes& notes) {
  const auto note = [&](const char* name, const std::optional<double>& value) {
    if (value) notes.emplace_back(of + name, *value);
  };
  if (distances.size(0) > dimension::kNeighbours) {
    note("_two_nn", dimension::two_nn(distances));
    note("_mle", dimension::maximum_likelihood(distances));
  }
  notes.emplace_back(of + "_repeated", left_out);
}

storage::Evaluation run(const Context& context) {
  const torch::NoGradGuard no_grad;
  const std::int64_t count =
      std::min(context.dataset.size(data::Split::validation), context.cell.integer("evaluate.dimension_samples"));
  torch::Tensor samples = samples_of(context, count);
  const torch::Tensor which = dimension::distinct_rows(samples);
  const std::int64_t distinct = which.size(0);
  if (distinct <= dimension::kNeighbours)
    return {.notes = {{"missing", fmt::format("{} {}validation samples are too few: {} neighbours of each are asked for",
                                              distinct, distinct < count ? "different " : "", dimension::kNeighbours)}}};
  if (distinct < count) samples = samples.index_select(0, which);
  const torch::Tensor of_samples = distances_of(context, samples);
  if (!context.ranks.root()) return {};
  const torch::Tensor of_codes = distances_of_codes(context.validation_codes.index_select(0, which));
  storage::Evaluation result{.notes = {{"samples", count}}};
  add("samples", of_samples, count - distinct, result.notes);
  add("codes", of_codes, count - of_codes.size(0), result.notes);
  return result;
}

const RegisterEvaluation registered{{.name = "dimension",
                                     .help = "intrinsic dimension of samples and codes, estimated from nearest neighbours",
                                     .version = 2,  // in version 1 samples that repeat others were neighbours of theirs
                                     .keys = {{.path = "evaluate.dimension_samples",
                                               .fallback = std::int64_t{2000},
                                               .help = "validation samples whose nearest neighbours among each other estimate "
                                                       "the intrinsic dimension; 0: no estimate",
                                               .least = 0,
                                               .most = 1'000'000,
                                               .newer = true}},
                                     .why_not = why_not,
                                     .run = run}};

}  // namespace
}  // namespace irmae::evaluation::dimension_evaluation
