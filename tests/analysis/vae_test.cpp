// SPDX-License-Identifier: MIT
// What is measured on a VAE against its formulas, summed up here number by number.
#include <gtest/gtest.h>

#include <cmath>

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

TEST(Vae, HasTheNegativeEvidenceBoundAndTheActiveUnitsOfItsFormulas) {
  const torch::NoGradGuard no_grad;
  const manifest::Cell cell = tests::cell_of(
      {"model.method=vae", "model.latent=4", "data.validation_size=5", "train.precision=float64", "train.seed=3"});
  const auto dataset = data::open(cell);
  const auto method = models::make_method(cell);
  const auto model = method->make_model(dataset->shape());
  const auto ranks = distributed::make_single();
  const Tensor images = dataset->validation(data::consecutive(0, kImages)).images.to(torch::kFloat64);
  // The first unit says nothing and the last hardly anything: variances 0, 0.09, 0.09 and 0.0025.
  const double wanted[kLatent] = {0, 0.3, 0.3, 0.05};
  const Tensor last = model->named_parameters()["encoder.8.weight"], before = model->encode(images);
  for (std::int64_t unit = 0; unit < kLatent; ++unit)
    last[unit].mul_(wanted[unit] / before.select(1, unit).std().item<double>());

  const Tensor outputs = model->encode(images);
  const Tensor noise = data::normal_noise(3, data::Stream::validation_noise, 0, kImages, kLatent);
  Tensor codes = torch::zeros({kImages, kLatent}, torch::kFloat64);
  double divergence = 0;
  for (std::int64_t i = 0; i < kImages; ++i)
    for (std::int64_t unit = 0; unit < kLatent; ++unit) {
      const auto mean = outputs[i][unit].item<double>(), log_variance = outputs[i][kLatent + unit].item<double>();
      divergence -= 0.5 * (1 + log_variance - mean * mean - std::exp(log_variance)) / kImages;
      codes[i][unit] = mean + std::exp(log_variance / 2) * noise[i][unit].item<double>();
    }
  const double reconstruction = cross_entropy(model->decode(codes), images) / kImages;
  const storage::Evaluation found = evaluation_of("vae", {.cell = cell,
                                                          .dataset = *dataset,
                                                          .method = *method,
                                                          .model = *model,
                                                          .ranks = *ranks,
                                                          .device = torch::kCPU,
                                                          .precision = torch::kFloat64,
                                                          .train_codes = {},
                                                          .validation_codes = outputs.narrow(1, 0, kLatent)});

  EXPECT_GT(divergence, 0.05);
  EXPECT_NEAR(real(found, "divergence"), divergence, 1e-9);
  EXPECT_NEAR(real(found, "reconstruction"), reconstruction, 1e-6);
  EXPECT_NEAR(real(found, "negative_evidence_bound"), reconstruction + divergence, 1e-6);
  EXPECT_EQ(std::get<std::int64_t>(*found.note("active_units")), 2);
}

// The squared error is the negative log-likelihood of a Gaussian of variance 1/2 up to log(pi)/2 a value, which the bound has.
TEST(Vae, OfSquaredErrorHasTheBoundOfAGaussianDecoder) {
  const torch::NoGradGuard no_grad;
  const manifest::Cell cell = tests::cell_of({"model.method=vae", "model.latent=4", "train.loss=mse", "data.validation_size=5",
                                              "train.precision=float64", "train.seed=3"});
  const auto dataset = data::open(cell);
  const auto method = models::make_method(cell);
  const auto model = method->make_model(dataset->shape());
  const auto ranks = distributed::make_single();
  const Tensor images = dataset->validation(data::consecutive(0, kImages)).images.to(torch::kFloat64);
  const Tensor outputs = model->encode(images);
  const Tensor noise = data::normal_noise(3, data::Stream::validation_noise, 0, kImages, kLatent);
  const Tensor codes = outputs.narrow(1, 0, kLatent) + (outputs.narrow(1, kLatent, kLatent) / 2).exp() * noise;
  const Tensor decoded = model->decode(codes).contiguous(), wanted = images.contiguous();
  double reconstruction = 0;
  for (std::int64_t i = 0; i < wanted.numel(); ++i) {
    const double difference = decoded.data_ptr<double>()[i] - wanted.data_ptr<double>()[i], variance = 0.5;
    reconstruction += difference * difference / (2 * variance) + 0.5 * std::log(2 * 3.14159265358979324 * variance);
  }
  const storage::Evaluation found = evaluation_of("vae", {.cell = cell,
                                                          .dataset = *dataset,
                                                          .method = *method,
                                                          .model = *model,
                                                          .ranks = *ranks,
                                                          .device = torch::kCPU,
                                                          .precision = torch::kFloat64,
                                                          .train_codes = {},
                                                          .validation_codes = outputs.narrow(1, 0, kLatent)});

  EXPECT_NEAR(real(found, "reconstruction"), reconstruction / kImages, 1e-6);
}

}  // namespace
}  // namespace irmae::evaluation
