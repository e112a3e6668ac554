// SPDX-License-Identifier: MIT
// The intrinsic dimension of the validation samples and of their codes by estimates from their nearest neighbours, which know
// nothing of the model: what an effective rank of the codes is to be held against.
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

void add(const std::string& of, const torch::Tensor& distances, storage::Attributes& notes) {
  const auto note = [&](const char* name, const std::optional<double>& value) {
    if (value) notes.emplace_back(of + name, *value);
  };
  note("_two_nn", dimension::two_nn(distances));
  note("_mle", dimension::maximum_likelihood(distances));
  notes.emplace_back(of + "_repeated", (distances.select(1, 0) == 0).sum().item<std::int64_t>());
}

storage::Evaluation run(const Context& context) {
  const torch::NoGradGuard no_grad;
  const std::int64_t count =
      std::min(context.dataset.size(data::Split::validation), context.cell.integer("evaluate.dimension_samples"));
  if (count <= dimension::kNeighbours)
    return {.notes = {{"missing", fmt::format("{} validation samples are too few: {} neighbours of each are asked for", count,
                                              dimension::kNeighbours)}}};
  const torch::Tensor of_samples = distances_of(context, samples_of(context, count));
  if (!context.ranks.root()) return {};
  const torch::Tensor codes = context.validation_codes.narrow(0, 0, count);
  storage::Evaluation result{.notes = {{"samples", count}}};
  add("samples", of_samples, result.notes);
  add("codes", dimension::nearest(codes, 0, count, dimension::kNeighbours), result.notes);
  return result;
}

const RegisterEvaluation registered{{.name = "dimension",
                                     .help = "intrinsic dimension of samples and codes, estimated from nearest neighbours",
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
