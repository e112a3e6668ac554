// SPDX-License-Identifier: MIT
#include "analysis/evaluation/generation_codes.h"

#include <algorithm>

#include "framework/data/in_batches.h"

namespace irmae::evaluation {

namespace {

constexpr const char* kCodesKey = "evaluate.vae_codes";  ///< of methods that have posteriors

data::Stream stream_of(data::Split split) {
  return split == data::Split::train ? data::Stream::train_codes : data::Stream::validation_codes;
}

}  // namespace

bool draws_codes(const manifest::Cell& cell) { return cell.has(kCodesKey) && cell.text(kCodesKey) == "drawn"; }

torch::Tensor generation_codes(const Context& context, data::Split split, std::int64_t first, std::int64_t count) {
  if (!draws_codes(context.cell)) return context.encode(context.dataset.batch(split, data::consecutive(first, count)).images);
  const torch::NoGradGuard no_grad;
  const std::int64_t latent = context.cell.integer("model.latent");
  const models::PosteriorOf posterior_of = context.method.posterior();
  torch::Tensor codes = torch::empty({count, latent}, torch::kFloat64);
  for_batches({first, count}, kBatchRows, [&](const std::vector<std::int64_t>& indices) {
    const auto [mean, log_variance] =
        posterior_of(context.model, context.dataset.batch(split, indices).images.to(context.device, context.precision));
    const std::int64_t rows = std::ssize(indices);
    const torch::Tensor noise = data::normal_noise(context.seed(), stream_of(split), indices.front(), rows, latent);
    const torch::Tensor deviation = (0.5 * log_variance.to(torch::kCPU, torch::kFloat64)).exp();
    codes.narrow(0, indices.front() - first, rows).copy_(mean.to(torch::kCPU, torch::kFloat64) + deviation * noise);
  });
  return codes;
}

std::int64_t code_count(const Context& context, data::Split split) {
  const std::int64_t all = context.dataset.size(split);
  return split == data::Split::train ? std::min(context.cell.integer("evaluate.train_latents"), all) : all;
}

torch::Tensor gathered_generation_codes(const Context& context, data::Split split) {
  if (!draws_codes(context.cell)) return split == data::Split::train ? context.train_codes : context.validation_codes;
  const Share mine = context.ranks.share(code_count(context, split));
  return context.ranks.gather_rows(generation_codes(context, split, mine.first, mine.count), "codes from the posteriors");
}

}  // namespace irmae::evaluation
