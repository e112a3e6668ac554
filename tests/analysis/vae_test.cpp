// SPDX-License-Identifier: MIT
// What is measured on a VAE against its formulas, summed up here number by number.
#include <gtest/gtest.h>

#include <ATen/ops/linalg_svdvals.h>

#include <cmath>

#include "framework/tensors.h"

#include "tests/analysis/small_vae.h"

namespace irmae::evaluation {
namespace {

using tests::evaluation_of;
using tests::integer_note;
using tests::real_note;
using tests::SmallVae;
using torch::Tensor;

constexpr std::int64_t kImages = SmallVae::kImages, kLatent = SmallVae::kLatent;

/// Sum over all pixels, in nats.
double cross_entropy(const Tensor& decoded, const Tensor& images) {
  const Tensor flat = decoded.contiguous(), wanted = images.contiguous();
  const double *p = flat.data_ptr<double>(), *x = wanted.data_ptr<double>();
  double sum = 0;
  for (std::int64_t i = 0; i < wanted.numel(); ++i) sum -= x[i] * std::log(p[i]) + (1 - x[i]) * std::log1p(-p[i]);
  return sum;
}

/// outputs: of the encoder, whose first half are the means.
storage::Evaluation measured(SmallVae& small, const Tensor& outputs) {
  return evaluation_of("vae", small.context({}, outputs.narrow(1, 0, kLatent)));
}

Tensor noise() { return data::normal_noise(SmallVae::kSeed, data::Stream::validation_noise, 0, kImages, kLatent); }

TEST(Vae, HasTheNegativeEvidenceBoundAndTheActiveUnitsOfItsFormulas) {
  const torch::NoGradGuard no_grad;
  SmallVae small;
  // The first unit says nothing and the last hardly anything: variances 0, 0.09, 0.09 and 0.0025.
  const double wanted[kLatent] = {0, 0.3, 0.3, 0.05};
  const Tensor last = small.model->named_parameters()["encoder.8.weight"], before = small.model->encode(small.images);
  for (std::int64_t unit = 0; unit < kLatent; ++unit)
    last[unit].mul_(wanted[unit] / before.select(1, unit).std().item<double>());

  const Tensor outputs = small.model->encode(small.images), drawn = noise();
  Tensor codes = torch::zeros({kImages, kLatent}, torch::kFloat64);
  double divergence = 0;
  for (std::int64_t i = 0; i < kImages; ++i)
    for (std::int64_t unit = 0; unit < kLatent; ++unit) {
      const auto mean = outputs[i][unit].item<double>(), log_variance = outputs[i][kLatent + unit].item<double>();
      divergence -= 0.5 * (1 + log_variance - mean * mean - std::exp(log_variance)) / kImages;
      codes[i][unit] = mean + std::exp(log_variance / 2) * drawn[i][unit].item<double>();
    }
  const double reconstruction = cross_entropy(small.model->decode(codes), small.images) / kImages;
  const storage::Evaluation found = measured(small, outputs);

  EXPECT_GT(divergence, 0.05);
  EXPECT_NEAR(real_note(found, "divergence"), divergence, 1e-9);
  EXPECT_NEAR(real_note(found, "reconstruction"), reconstruction, 1e-6);
  EXPECT_NEAR(real_note(found, "negative_evidence_bound"), reconstruction + divergence, 1e-6);
  EXPECT_EQ(integer_note(found, "active_units"), 2);
}

// The squared error is the negative log-likelihood of a Gaussian of variance 1/2 up to log(pi)/2 a value, which the bound has.
TEST(Vae, OfSquaredErrorHasTheBoundOfAGaussianDecoder) {
  const torch::NoGradGuard no_grad;
  SmallVae small({"train.loss=mse"});
  const Tensor outputs = small.model->encode(small.images);
  const Tensor codes = outputs.narrow(1, 0, kLatent) + (outputs.narrow(1, kLatent, kLatent) / 2).exp() * noise();
  const Tensor decoded = small.model->decode(codes).contiguous(), wanted = small.images.contiguous();
  double reconstruction = 0;
  for (std::int64_t i = 0; i < wanted.numel(); ++i) {
    const double difference = decoded.data_ptr<double>()[i] - wanted.data_ptr<double>()[i], variance = 0.5;
    reconstruction += difference * difference / (2 * variance) + 0.5 * std::log(2 * 3.14159265358979324 * variance);
  }
  const storage::Evaluation found = measured(small, outputs);

  EXPECT_NEAR(real_note(found, "reconstruction"), reconstruction / kImages, 1e-6);
}

/// By the law of total variance: the covariance of the means, and on its diagonal the mean variances of the posteriors.
TEST(Vae, HasTheSpectrumOfDrawnCodes) {
  const torch::NoGradGuard no_grad;
  SmallVae small;
  small.make_lively();
  const Tensor outputs = small.model->encode(small.images);
  Tensor variance = torch::zeros({kLatent}, torch::kFloat64);
  for (std::int64_t i = 0; i < kImages; ++i)
    for (std::int64_t unit = 0; unit < kLatent; ++unit)
      variance[unit] += std::exp(outputs[i][kLatent + unit].item<double>()) / kImages;
  const Tensor covariance = torch::cov(outputs.narrow(1, 0, kLatent).t()) + torch::diag(variance);
  const storage::Evaluation found = measured(small, outputs);

  EXPECT_TRUE(torch::allclose(to_tensor(*found.array("posterior_variance")), variance, 1e-9, 1e-12));
  EXPECT_TRUE(torch::allclose(to_tensor(*found.array("drawn_spectrum")), at::linalg_svdvals(covariance), 1e-9, 1e-12));
  EXPECT_FALSE(torch::allclose(covariance.diagonal(), variance, 1e-2, 0)) << "means that vary";
}

}  // namespace
}  // namespace irmae::evaluation
