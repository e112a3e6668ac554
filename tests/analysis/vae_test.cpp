// SPDX-License-Identifier: MIT
// What is measured on a VAE against its formulas, summed up here number by number.
#include <gtest/gtest.h>

#include <cmath>

#include "analysis/evaluation/densities.h"
#include "analysis/evaluation/evaluation.h"
#include "tests/cell_of.h"

namespace irmae::evaluation {
namespace {

using torch::Tensor;

constexpr std::int64_t kImages = 5, kLatent = 4;

storage::Evaluation evaluation_of(const std::string& name, const Context& context) {
  for (const Kind& kind : kinds())
    if (kind.name == name) return kind.run(context);
  ADD_FAILURE() << "no evaluation " << name;
  return {};
}

double real(const storage::Evaluation& evaluation, const char* note) { return std::get<double>(*evaluation.note(note)); }

/// Sum over all pixels, in nats.
double cross_entropy(const Tensor& decoded, const Tensor& images) {
  const Tensor flat = decoded.contiguous(), wanted = images.contiguous();
  const double *p = flat.data_ptr<double>(), *x = wanted.data_ptr<double>();
  double sum = 0;
  for (std::int64_t i = 0; i < wanted.numel(); ++i) sum -= x[i] * std::log(p[i]) + (1 - x[i]) * std::log1p(-p[i]);
  return sum;
}

/// A small untrained VAE and its validation images.
struct Small {
  explicit Small(const std::vector<std::string>& more = {}) : cell(cell_with(more)) {}

  static manifest::Cell cell_with(const std::vector<std::string>& more) {
    std::vector<std::string> all{"model.method=vae", "model.latent=4", "data.validation_size=5", "train.precision=float64",
                                 "train.seed=3"};
    all.insert(all.end(), more.begin(), more.end());
    return tests::cell_of(all);
  }
  /// outputs: of the encoder, whose first half are the means.
  storage::Evaluation evaluation(const Tensor& outputs) {
    return evaluation_of("vae", {.cell = cell,
                                 .dataset = *dataset,
                                 .method = *method,
                                 .model = *model,
                                 .ranks = *ranks,
                                 .device = torch::kCPU,
                                 .precision = torch::kFloat64,
                                 .train_codes = {},
                                 .validation_codes = outputs.narrow(1, 0, kLatent),
                                 .densities = densities});
  }

  manifest::Cell cell;
  std::unique_ptr<data::Dataset> dataset = data::open(cell);
  std::unique_ptr<models::Method> method = models::make_method(cell);
  std::shared_ptr<models::Autoencoder> model = method->make_model(dataset->shape());
  std::unique_ptr<distributed::Communicator> ranks = distributed::make_single();
  evaluation::DensityCache densities;
  Tensor images = dataset->batch(data::Split::validation, data::consecutive(0, kImages)).images.to(torch::kFloat64);
  Tensor noise = data::normal_noise(3, data::Stream::validation_noise, 0, kImages, kLatent);
};

TEST(Vae, HasTheNegativeEvidenceBoundAndTheActiveUnitsOfItsFormulas) {
  const torch::NoGradGuard no_grad;
  Small small;
  // The first unit says nothing and the last hardly anything: variances 0, 0.09, 0.09 and 0.0025.
  const double wanted[kLatent] = {0, 0.3, 0.3, 0.05};
  const Tensor last = small.model->named_parameters()["encoder.8.weight"], before = small.model->encode(small.images);
  for (std::int64_t unit = 0; unit < kLatent; ++unit)
    last[unit].mul_(wanted[unit] / before.select(1, unit).std().item<double>());

  const Tensor outputs = small.model->encode(small.images);
  Tensor codes = torch::zeros({kImages, kLatent}, torch::kFloat64);
  double divergence = 0;
  for (std::int64_t i = 0; i < kImages; ++i)
    for (std::int64_t unit = 0; unit < kLatent; ++unit) {
      const auto mean = outputs[i][unit].item<double>(), log_variance = outputs[i][kLatent + unit].item<double>();
      divergence -= 0.5 * (1 + log_variance - mean * mean - std::exp(log_variance)) / kImages;
      codes[i][unit] = mean + std::exp(log_variance / 2) * small.noise[i][unit].item<double>();
    }
  const double reconstruction = cross_entropy(small.model->decode(codes), small.images) / kImages;
  const storage::Evaluation found = small.evaluation(outputs);

  EXPECT_GT(divergence, 0.05);
  EXPECT_NEAR(real(found, "divergence"), divergence, 1e-9);
  EXPECT_NEAR(real(found, "reconstruction"), reconstruction, 1e-6);
  EXPECT_NEAR(real(found, "negative_evidence_bound"), reconstruction + divergence, 1e-6);
  EXPECT_EQ(std::get<std::int64_t>(*found.note("active_units")), 2);
}

// The squared error is the negative log-likelihood of a Gaussian of variance 1/2 up to log(pi)/2 a value, which the bound has.
TEST(Vae, OfSquaredErrorHasTheBoundOfAGaussianDecoder) {
  const torch::NoGradGuard no_grad;
  Small small({"train.loss=mse"});
  const Tensor outputs = small.model->encode(small.images);
  const Tensor codes = outputs.narrow(1, 0, kLatent) + (outputs.narrow(1, kLatent, kLatent) / 2).exp() * small.noise;
  const Tensor decoded = small.model->decode(codes).contiguous(), wanted = small.images.contiguous();
  double reconstruction = 0;
  for (std::int64_t i = 0; i < wanted.numel(); ++i) {
    const double difference = decoded.data_ptr<double>()[i] - wanted.data_ptr<double>()[i], variance = 0.5;
    reconstruction += difference * difference / (2 * variance) + 0.5 * std::log(2 * 3.14159265358979324 * variance);
  }
  const storage::Evaluation found = small.evaluation(outputs);

  EXPECT_NEAR(real(found, "reconstruction"), reconstruction / kImages, 1e-6);
}

}  // namespace
}  // namespace irmae::evaluation
