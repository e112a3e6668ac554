// SPDX-License-Identifier: MIT
// Parts of the variational autoencoder's evidence bound on the validation images, in nats an image, and its active units:
// latents whose posterior mean varies by more than 0.01 over the data (Burda, Grosse and Salakhutdinov 2016). Beside the
// spectrum of the means, which the run has, that of codes drawn from the posteriors: by the law of total variance their
// covariance is that of the means with the mean variances of the posteriors, whose components are independent, on its diagonal.
#include <ATen/ops/linalg_eigvalsh.h>

#include <cmath>

#include "analysis/evaluation/covariance.h"
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
  torch::Tensor by_unit = torch::zeros({latent}, torch::kFloat64), posterior_variance = torch::zeros_like(by_unit);
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
    posterior_variance += log_variance.to(torch::kCPU, torch::kFloat64).exp().sum(0);
  });
  context.ranks.sum(bound, "parts of the evidence bound");
  context.ranks.sum(by_unit, "divergence of the units");
  context.ranks.sum(posterior_variance, "variances of the posteriors");
  if (!context.ranks.root()) return {};
  const auto n = static_cast<double>(count);
  const double reconstruction = bound[0].item<double>() / n, divergence = bound[1].item<double>() / n;
  const torch::Tensor variance = context.validation_codes.var(0);
  posterior_variance /= n;
  storage::Evaluation result{
      .arrays = {labelled("divergence", by_unit / n, {"component"}, "divergence of each unit from the prior", "nat"),
                 labelled("mean_variance", variance, {"component"}, "variance of each unit's posterior mean"),
                 labelled("posterior_variance", posterior_variance, {"component"}, "mean variance of each unit's posterior")},
      .notes = {{"negative_evidence_bound", reconstruction + divergence},
                {"reconstruction", reconstruction},
                {"divergence", divergence},
                {"active_units", (variance > kActive).sum().item<std::int64_t>()},
                {"latent", latent}}};
  if (count < 2) return result;
  const torch::Tensor drawn = at::linalg_eigvalsh(covariance_of(context.validation_codes) + torch::diag(posterior_variance));
  result.arrays.push_back(labelled("drawn_spectrum", drawn.flip(0).clamp_min(0), {"component"},
                                   "singular values of the covariance of codes drawn from the posteriors"));
  return result;
}

const RegisterEvaluation registered{{.name = "vae",
                                     .help = "evidence bound, active units and spectrum of drawn codes of a VAE",
                                     .version = 2,  // version 1 had no variances of the posteriors
                                     .why_not = why_not,
                                     .run = run}};

}  // namespace
}  // namespace irmae::evaluation::vae_evaluation
