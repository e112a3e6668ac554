// SPDX-License-Identifier: MIT
#include <ATen/ops/linalg_eigvalsh.h>
#include <gtest/gtest.h>

#include <barrier>
#include <thread>

#include "analysis/density/gaussian_mixture.h"
#include "framework/data/dataset.h"
#include "tests/analysis/raw_file.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae::density {
namespace {

using torch::Tensor;

/// Three clusters of different shapes that overlap a little, float64 [count, 3].
Tensor three_clusters(std::int64_t count) {
  const Tensor noise = data::normal_noise(3, data::Stream::density_noise, 0, count, 3).to(torch::kFloat64);
  const Tensor centres = torch::tensor({{0.0, 0.0, 0.0}, {4.0, 1.0, 0.0}, {0.0, -3.0, 5.0}}, torch::kFloat64);
  const Tensor scales = torch::tensor({{1.0, 0.5, 2.0}, {0.7, 1.5, 0.4}, {1.2, 1.0, 0.6}}, torch::kFloat64);
  const Tensor member = torch::arange(count).remainder(7).floor_divide(3);  // 3 : 3 : 1
  const Tensor bent = torch::stack({noise.select(1, 0), noise.select(1, 1) + 0.5 * noise.select(1, 0), noise.select(1, 2)}, 1);
  return centres.index_select(0, member) + bent * scales.index_select(0, member);
}

bool near(const Tensor& a, const Tensor& b) { return torch::allclose(a, b, 1e-8, 1e-8); }

TEST(GaussianMixture, IsFittedLikeAnIndependentImplementation) {
  if (!tests::python_has("scipy")) GTEST_SKIP() << "Python has no scipy";
  const Tensor samples = three_clusters(700);
  const GaussianMixture start = clusters(samples, 3, 11, 1e-3);
  const GaussianMixture fitted = fit(samples, start, {.iterations = 12, .tolerance = -1, .floor = 1e-3});
  const tests::TemporaryFolder folder;
  tests::write_raw(folder / "samples.bin", samples);
  tests::write_raw(folder / "weights.bin", start.weights);
  tests::write_raw(folder / "means.bin", start.means);
  tests::write_raw(folder / "covariances.bin", start.covariances);
  const auto result =
      tests::run(IRMAE_PYTHON " " IRMAE_SOURCE_DIR "/tests/analysis/mixture_oracle.py " + folder.string() + " 12 1e-3");
  ASSERT_EQ(result.status, 0) << result.output;

  EXPECT_TRUE(near(fitted.weights, tests::read_raw(folder / "fitted-weights.bin", {3})));
  EXPECT_TRUE(near(fitted.means, tests::read_raw(folder / "fitted-means.bin", {3, 3})));
  EXPECT_TRUE(near(fitted.covariances, tests::read_raw(folder / "fitted-covariances.bin", {3, 3, 3})));
  EXPECT_NEAR(fitted.mean_log_likelihood(samples), tests::read_raw(folder / "fitted-likelihood.bin", {1}).item<double>(), 1e-8);
  EXPECT_FALSE(torch::allclose(fitted.means, start.means, 1e-2, 1e-2)) << "nothing was to be fitted";
}

TEST(GaussianMixture, FittedToPartsTogetherIsTheOneFittedToAll) {
  const Tensor samples = three_clusters(700);
  const GaussianMixture start = clusters(samples, 3, 11, 1e-3);
  const FitOptions options{.floor = 1e-3};
  const GaussianMixture alone = fit(samples, start, options);
  const std::vector<Tensor> parts{samples.narrow(0, 0, 500), samples.narrow(0, 500, 200), samples.narrow(0, 0, 0)};
  std::vector<GaussianMixture> together(parts.size());

  std::barrier meeting(static_cast<std::ptrdiff_t>(parts.size()));
  std::vector<Tensor> given(parts.size());
  std::vector<std::jthread> threads;
  for (std::size_t part = 0; part < parts.size(); ++part)
    threads.emplace_back([&, part] {
      together[part] = fit(parts[part], start, options, [&](const Tensor& own) {
        given[part] = own;
        meeting.arrive_and_wait();
        const Tensor all = given[0] + given[1] + given[2];
        meeting.arrive_and_wait();
        own.copy_(all);
      });
    });
  threads.clear();

  for (const GaussianMixture& fitted : together) {
    EXPECT_TRUE(near(fitted.weights, alone.weights));
    EXPECT_TRUE(near(fitted.means, alone.means));
    EXPECT_TRUE(near(fitted.covariances, alone.covariances));
  }
}

TEST(GaussianMixture, EndsWhenTheLikelihoodRisesNoMore) {
  const Tensor samples = three_clusters(700);
  const GaussianMixture start = clusters(samples, 3, 11, 1e-6);
  const double few = fit(samples, start, {.iterations = 2}).mean_log_likelihood(samples);
  const double usual = fit(samples, start, {}).mean_log_likelihood(samples);
  const double all = fit(samples, start, {.iterations = 100, .tolerance = -1}).mean_log_likelihood(samples);

  EXPECT_LT(few, usual);
  EXPECT_NEAR(usual, all, 0.01);
}

TEST(GaussianMixture, OfOneComponentIsMeanAndCovariance) {
  const Tensor samples = three_clusters(100);
  const GaussianMixture fitted = fit(samples, clusters(samples, 1, 1, 0), {.floor = 0});
  const Tensor centred = samples - samples.mean(0);

  EXPECT_TRUE(near(fitted.means[0], samples.mean(0)));
  EXPECT_TRUE(near(fitted.covariances[0], centred.t().mm(centred) / 100));
}

TEST(GaussianMixture, KeepsItsFloorWhereSamplesHaveNoVariance) {
  Tensor samples = three_clusters(200);
  samples.select(1, 2).fill_(5);
  const GaussianMixture fitted = fit(samples, clusters(samples, 2, 1, 1e-4), {.floor = 1e-4});

  EXPECT_GE(at::linalg_eigvalsh(fitted.covariances).min().item<double>(), 1e-4 * (1 - 1e-9));
  EXPECT_TRUE(std::isfinite(fitted.mean_log_likelihood(samples)));
}

TEST(Clusters, StartFromPointsThatLieFarApart) {
  // Ten tight groups: chosen uniformly, ten starts hit all of them once in 2,755 times.
  const Tensor noise = data::normal_noise(5, data::Stream::density_noise, 0, 500, 2).to(torch::kFloat64);
  const Tensor group = torch::arange(500).remainder(10).to(torch::kFloat64);
  const Tensor samples = 0.01 * noise + torch::stack({100 * group, 50 * group.square()}, 1);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const GaussianMixture found = clusters(samples, 10, seed, 1e-9);
    EXPECT_TRUE(torch::allclose(found.weights, torch::full({10}, 0.1, torch::kFloat64), 1e-9)) << "seed " << seed;
  }
}

TEST(Clusters, OfOneSeedAreTheSame) {
  const Tensor samples = three_clusters(200);

  EXPECT_TRUE(torch::equal(clusters(samples, 4, 9, 0).means, clusters(samples, 4, 9, 0).means));
}

TEST(GaussianMixture, SamplesDoNotDependOnHowTheyAreSplit) {
  const Tensor samples = three_clusters(200);
  const GaussianMixture mixture = clusters(samples, 3, 1, 1e-6);
  const Tensor together = mixture.sample(4, 0, 20);

  EXPECT_TRUE(torch::equal(torch::cat({mixture.sample(4, 0, 7), mixture.sample(4, 7, 13)}), together));
  EXPECT_FALSE(torch::equal(mixture.sample(5, 0, 20), together));
}

TEST(GaussianMixture, SamplesHaveItsMoments) {
  const Tensor two = torch::tensor({0.25, 0.75}, torch::kFloat64);
  const Tensor means = torch::tensor({{-2.0, 0.0}, {1.0, 3.0}}, torch::kFloat64);
  const Tensor covariances = torch::tensor({{{1.0, 0.8}, {0.8, 1.0}}, {{0.5, -0.2}, {-0.2, 0.3}}}, torch::kFloat64);
  const GaussianMixture mixture{two, means, covariances};
  const Tensor drawn = mixture.sample(1, 0, 20'000), mean = drawn.mean(0), centred = drawn - mean;
  const Tensor wanted_mean = two.unsqueeze(0).mm(means)[0];
  Tensor wanted = torch::zeros({2, 2}, torch::kFloat64);
  for (std::int64_t k = 0; k < 2; ++k)
    wanted += two[k] * (covariances[k] + (means[k] - wanted_mean).outer(means[k] - wanted_mean));

  EXPECT_TRUE(torch::allclose(mean, wanted_mean, 0, 0.05));
  EXPECT_TRUE(torch::allclose(centred.t().mm(centred) / 20'000, wanted, 0, 0.1));
}

}  // namespace
}  // namespace irmae::density
