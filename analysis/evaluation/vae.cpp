// SPDX-License-Identifier: MIT
// Parts of the variational autoencoder's evidence bound on the validation images, in nats an image, and its active units:
// latents whose posterior mean varies by more than 0.01 over the data (Burda, Grosse and Salakhutdinov 2016).
#include <cmath>

#include "analysis/evaluation/evaluation.h"
#include "framework/data/dataset.h"
#include "framework/data/in_batches.h"

namespace irmae::evaluation::vae_evaluation {
namespace {

constexpr double kActive = 0.01;

std::string why_not(const Context& context) {
  return context.method.has_prior() && context.method.posterior() ? "" : "only a VAE has an evidence bound";
}

storage::Evaluation run(const Context& context) {
  const torch::NoGradGuard no_grad;
  const std::int64_t count = context.dataset.size(data::Split::validation);
  const std::int64_t latent = context.cell.integer("model.latent");
  const models::PosteriorOf posterior_of = context.method.posterior();
  const bool bernoulli = context.cell.text("train.loss") == "bce";
  torch::Tensor bound = torch::zeros({2}, torch::kFloat64);  // reconstruction, divergence
  torch::Tensor by_unit = torch::zeros({latent}, torch::kFloat64);
  for_batches(context.ranks.share(count), kBatchRows, [&](const std::vector<std::int64_t>& indices) {
    const torch::Tensor images =
        context.dataset.batch(data::Split::validation, indices).images.to(context.device, context.precision);
    const auto [mean, log_variance] = posterior_of(context.model, images);
    const torch::Tensor noise =
        data::normal_noise(context.seed(), data::Stream::validation_noise, indices.front(), images.size(0), latent);
    const torch::Tensor decoded = context.model.decode(mean + (0.5 * log_variance).exp() * noise.to(mean.options()));
    // A Gaussian of variance 1/2 has the squared error as its negative log-likelihood, and log(pi) / 2 for each value.
    const torch::Tensor reconstruction = bernoulli ? torch::binary_cross_entropy(decoded, images, {}, torch::Reduction::Sum)
                                                   : torch::mse_loss(decoded, images, torch::Reduction::Sum);
    const torch::Tensor divergence = -0.5 * (1 + log_variance - mean.square() - log_variance.exp());
    bound[0] += reconstruction.item<double>();
    if (!bernoulli) bound[0] += 0.5 * std::log(M_PI) * static_cast<double>(images.numel());
    bound[1] += divergence.sum().item<double>();
    by_unit += divergence.sum(0).to(torch::kCPU, torch::kFloat64);
  });
  context.ranks.sum(bound, "parts of the evidence bound");
  context.ranks.sum(by_unit, "divergence of the units");
  if (!context.ranks.root()) return {};
  const auto n = static_cast<double>(count);
  const double reconstruction = bound[0].item<double>() / n, divergence = bound[1].item<double>() / n;
  const torch::Tensor variance = context.validation_codes.var(0);
  return {.arrays = {labelled("divergence", by_unit / n, {"component"}, "divergence of each unit from the prior", "nat"),
                     labelled("mean_variance", variance, {"component"}, "variance of each unit's posterior mean")},
          .notes = {{"negative_evidence_bound", reconstruction + divergence},
                    {"reconstruction", reconstruction},
                    {"divergence", divergence},
                    {"active_units", (variance > kActive).sum().item<std::int64_t>()},
                    {"latent", latent}}};
}

const RegisterEvaluation registered{
    {.name = "vae", .help = "evidence bound and active units of a VAE", .keys = {}, .why_not = why_not, .run = run}};

}  // namespace
}  // namespace irmae::evaluation::vae_evaluation
