// SPDX-License-Identifier: MIT
// Evaluations that end in images: each against codes that are computed apart, and decoded.
#include <gtest/gtest.h>

#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_svdvals.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "analysis/evaluation/generation_codes.h"
#include "framework/tensors.h"
#include "storage/formats/array_file.h"
#include "tests/analysis/frechet_apart.h"
#include "tests/analysis/made_network.h"
#include "tests/analysis/small_vae.h"
#include "tests/contains.h"
#include "tests/temporary_folder.h"

namespace irmae::evaluation {
namespace {

using tests::evaluation_of;
using tests::integer_note;
using tests::real_note;
using tests::SmallVae;
using torch::Tensor;

Tensor array_of(const storage::Evaluation& found, const std::string& name) {
  const storage::NamedArray* array = found.array(name);
  if (!array) throw std::out_of_range("no array " + name);
  return to_tensor(*array);
}

/// The largest difference of two pictures' bytes. One is what rounding may do.
int difference(const Tensor& a, const Tensor& b) { return (a.to(torch::kInt32) - b.to(torch::kInt32)).abs().max().item<int>(); }

/// Eight codes whose principal axes are known: a pair around the mean on each of four orthonormal axes, of which the last but
/// one is the second and the first the third in length.
struct OnAxes {
  const double lengths[4] = {1, 0.5, 1.5, 3};
  Tensor axes =
      0.5 * torch::tensor({{1., 1., 1., 1.}, {1., -1., 1., -1.}, {1., 1., -1., -1.}, {1., -1., -1., 1.}}, torch::kFloat64);
  Tensor mean = torch::tensor({0.4, -0.3, 0.2, 0.1}, torch::kFloat64);

  Tensor codes() const {
    std::vector<Tensor> all;
    for (std::int64_t k = 0; k < 4; ++k)
      for (const double sign : {-1, 1}) all.push_back(mean + sign * lengths[k] * axes[k]);
    return torch::stack(all);
  }
  /// An axis at the length of one standard deviation (divisor 7).
  Tensor deviation(std::int64_t k) const { return lengths[k] * std::sqrt(2.0 / 7) * axes[k]; }
};

TEST(PcaEvaluation, HasImagesOfTwoDeviationsAlongBothComponentsTheLeadingOneFromRowToRow) {
  const torch::NoGradGuard no_grad;
  SmallVae small({}, {{"evaluate.pca_grid", std::int64_t{3}}});
  small.make_lively();
  const OnAxes known;
  const storage::Evaluation found = evaluation_of("pca", small.context(known.codes(), {}));
  const Tensor images = array_of(found, "images");
  ASSERT_EQ(images.sizes(), (std::vector<std::int64_t>{3, 3, 3, 32, 32}));

  // An axis may point either way.
  int least = 255;
  for (const double first : {-2, 2})
    for (const double second : {-2, 2}) {
      std::vector<Tensor> codes;
      for (const double row : {-1, 0, 1})
        for (const double column : {-1, 0, 1})
          codes.push_back(known.mean + row * first * known.deviation(3) + column * second * known.deviation(2));
      least = std::min(least, difference(images.flatten(0, 1), small.pictures(torch::stack(codes))));
    }
  EXPECT_LE(least, 1);
  EXPECT_GT(difference(images[0][1], images[2][1]), 10) << "a decoder that shows its codes";
  EXPECT_GT(difference(images[1][0], images[1][2]), 10);
  EXPECT_EQ(found.arrays.at(0).dimensions.at(0), "first");
  EXPECT_EQ(found.arrays.at(0).dimensions.at(1), "second");
}

TEST(PcaEvaluation, HasTheShareOfTheVarianceOfEachComponentFromTheLargestDown) {
  const torch::NoGradGuard no_grad;
  SmallVae small({}, {{"evaluate.pca_grid", std::int64_t{2}}});
  const storage::Evaluation found = evaluation_of("pca", small.context(OnAxes().codes(), {}));
  const Tensor wanted = torch::tensor({9., 2.25, 1., 0.25}, torch::kFloat64) / 12.5;

  EXPECT_TRUE(torch::allclose(array_of(found, "explained_variance"), wanted, 1e-9, 1e-12));
}

TEST(PcaEvaluation, OfCodesThatAreAllTheSameHasNoShares) {
  const torch::NoGradGuard no_grad;
  SmallVae small({}, {{"evaluate.pca_grid", std::int64_t{2}}});
  const Tensor same = torch::full({8, SmallVae::kLatent}, 0.5, torch::kFloat64);
  const storage::Evaluation found = evaluation_of("pca", small.context(same, {}));

  EXPECT_TRUE(torch::equal(array_of(found, "explained_variance"), torch::zeros({SmallVae::kLatent}, torch::kFloat64)));
}

TEST(AttributesEvaluation, OfCodesThatAreAllTheSameHasNoDirections) {
  const torch::NoGradGuard no_grad;
  SmallVae small;
  const auto same = [](std::int64_t count) { return torch::zeros({count, SmallVae::kLatent}, torch::kFloat64); };
  const storage::Evaluation found = evaluation_of("attributes", small.context(same(40), same(SmallVae::kImages)));

  EXPECT_FALSE(array_of(found, "balanced_accuracy").isnan().all().item<bool>()) << "no attribute to tell apart";
  EXPECT_TRUE(torch::equal(array_of(found, "directions"), torch::zeros_like(array_of(found, "directions"))));
}

/// Codes that are drawn from the posteriors of the first images, as their formula has them: mean + deviation x noise. float64
/// [count, kLatent].
Tensor drawn(SmallVae& small, data::Split split, std::int64_t count) {
  const Tensor images = small.dataset->batch(split, data::consecutive(0, count)).images.to(torch::kFloat64);
  const Tensor outputs = small.model->encode(images);
  const data::Stream stream = split == data::Split::train ? data::Stream::train_codes : data::Stream::validation_codes;
  const Tensor noise = data::normal_noise(SmallVae::kSeed, stream, 0, count, SmallVae::kLatent).to(torch::kFloat64);
  return outputs.narrow(1, 0, SmallVae::kLatent) + (outputs.narrow(1, SmallVae::kLatent, SmallVae::kLatent) / 2).exp() * noise;
}

/// Of a cell that asks for drawn codes and stores these of its training.
storage::Attributes drawn_from(std::int64_t train_codes, storage::Attributes more = {}) {
  more.emplace_back("evaluate.vae_codes", std::string("drawn"));
  more.emplace_back("evaluate.train_latents", train_codes);
  return more;
}

TEST(GenerationCodes, AreDrawnForEachSampleByItselfWhateverRankItIsOn) {
  const torch::NoGradGuard no_grad;
  SmallVae small({}, drawn_from(300));
  const Context context = small.context({}, {});
  const Tensor all = generation_codes(context, data::Split::train, 0, 300);  // more than an encoder gets at once

  EXPECT_TRUE(torch::allclose(all, drawn(small, data::Split::train, 300), 1e-9, 1e-12));
  EXPECT_TRUE(torch::allclose(generation_codes(context, data::Split::train, 7, 11), all.narrow(0, 7, 11), 1e-9, 1e-12));
  EXPECT_EQ(generation_codes(context, data::Split::train, 5, 0).sizes(), (std::vector<std::int64_t>{0, SmallVae::kLatent}))
      << "of a rank without samples";
  const Tensor validation = generation_codes(context, data::Split::validation, 0, SmallVae::kImages);
  EXPECT_TRUE(torch::allclose(validation, drawn(small, data::Split::validation, SmallVae::kImages), 1e-9, 1e-12));
}

TEST(GenerationCodes, AreTheStoredOnesWhereNoneAreDrawn) {
  const torch::NoGradGuard no_grad;
  SmallVae means;
  const Tensor stored = means.means();
  const Context context = means.context({}, stored);

  EXPECT_TRUE(torch::equal(gathered_generation_codes(context, data::Split::validation), stored));
  EXPECT_TRUE(torch::allclose(generation_codes(context, data::Split::validation, 0, SmallVae::kImages), stored, 1e-9, 1e-12));
  EXPECT_FALSE(draws_codes(tests::cell_of({"model.method=irmae"})));
  EXPECT_TRUE(draws_codes(tests::cell_of({"model.method=vae"}))) << "as the authors' code does";
}

TEST(PcaEvaluation, OfDrawnCodesHasTheSharesOfTheirVariance) {
  const torch::NoGradGuard no_grad;
  SmallVae small({}, drawn_from(40, {{"evaluate.pca_grid", std::int64_t{2}}}));
  const storage::Evaluation found = evaluation_of("pca", small.context(torch::zeros({40, SmallVae::kLatent}), {}));
  const Tensor variances = at::linalg_svdvals(torch::cov(drawn(small, data::Split::train, 40).t()));

  EXPECT_TRUE(torch::allclose(array_of(found, "explained_variance"), variances / variances.sum(), 1e-9, 1e-12));
}

TEST(InterpolationEvaluation, OfDrawnCodesEndsInTheDrawsOfItsImages) {
  const torch::NoGradGuard no_grad;
  SmallVae small({}, drawn_from(40, {{"evaluate.interpolation_steps", std::int64_t{2}}}));
  small.make_lively();
  const Tensor images = array_of(evaluation_of("interpolation", small.context({}, {})), "images");

  EXPECT_LE(difference(images.flatten(0, 1), small.pictures(drawn(small, data::Split::validation, 4))), 1);
  EXPECT_GT(difference(images.flatten(0, 1), small.pictures(small.means().narrow(0, 0, 4))), 3) << "draws that show";
}

TEST(InterpolationEvaluation, GoesFromOneImageOfAPairToTheOtherInEqualSteps) {
  const torch::NoGradGuard no_grad;
  SmallVae small({}, {{"evaluate.interpolation_steps", std::int64_t{3}}});
  small.make_lively();
  const Tensor images = array_of(evaluation_of("interpolation", small.context({}, {})), "images"), codes = small.means();
  ASSERT_EQ(images.sizes(), (std::vector<std::int64_t>{2, 3, 3, 32, 32})) << "two pairs of five images";

  for (std::int64_t pair = 0; pair < 2; ++pair) {
    SCOPED_TRACE(pair);
    const Tensor from = codes[2 * pair], to = codes[2 * pair + 1];
    EXPECT_LE(difference(images[pair], small.pictures(torch::stack({from, (from + to) / 2, to}))), 1);
    EXPECT_GT(difference(images[pair][0], images[pair][2]), 3) << "a model that tells its images apart";
  }
  EXPECT_GT(difference(images[0][0], images[1][0]), 3);
}

/// Training codes of no special shape, float64 [40, kLatent], and what a Gaussian of them is.
struct Codes {
  Tensor train =
      data::normal_noise(7, data::Stream::train_noise, 0, 40, SmallVae::kLatent)
          .to(torch::kFloat64)
          .mm(torch::tensor({{1., .5, 0., 0.}, {0., 1., .5, 0.}, {0., 0., 1., .5}, {0., 0., 0., 1.}}, torch::kFloat64)) +
      0.2;
  Tensor mean = train.mean(0);
  /// Divisor 40, as of the largest likelihood, with the floor on the diagonal.
  Tensor covariance =
      (train - mean).t().mm(train - mean) / 40 + 1e-6 * train.var(0).mean() * torch::eye(SmallVae::kLatent, torch::kFloat64);

  static Tensor noise(std::int64_t count) {
    return data::normal_noise(SmallVae::kSeed, data::Stream::density_noise, 0, count, SmallVae::kLatent).to(torch::kFloat64);
  }
  Tensor of_gaussian(std::int64_t count) const { return mean + noise(count).mm(at::linalg_cholesky(covariance).t()); }
};

/// Mean over the codes, in nats.
double log_likelihood(const Tensor& codes, const Tensor& mean, const Tensor& covariance) {
  const Tensor centred = codes - mean;
  const double squares = (centred.mm(covariance.inverse()) * centred).sum(1).mean().item<double>();
  const double log_volume = std::log(covariance.det().item<double>());
  return -0.5 * (static_cast<double>(codes.size(1)) * std::log(2 * M_PI) + log_volume + squares);
}

TEST(SamplesEvaluation, AreImagesOfCodesThatASeedDrawsFromEachDensity) {
  const torch::NoGradGuard no_grad;
  SmallVae small({}, {{"evaluate.samples", std::int64_t{6}}, {"evaluate.mixture_components", std::int64_t{2}}});
  small.make_lively();
  const Codes codes;
  const Tensor validation = small.means();
  const Context context = small.context(codes.train, validation);
  const storage::Evaluation found = evaluation_of("samples", context);
  ASSERT_EQ(array_of(found, "gaussian").sizes(), (std::vector<std::int64_t>{6, 3, 32, 32}));

  EXPECT_LE(difference(array_of(found, "gaussian"), small.pictures(codes.of_gaussian(6))), 1);
  EXPECT_LE(difference(array_of(found, "prior"), small.pictures(Codes::noise(6))), 1);
  const auto& [name, mixture] = small.densities.of(context).named.at(1);
  ASSERT_EQ(name, "mixture");
  EXPECT_LE(difference(array_of(found, "mixture"), small.pictures(mixture.sample(SmallVae::kSeed, 0, 6))), 1);
  EXPECT_GT(difference(array_of(found, "gaussian"), array_of(found, "prior")), 10) << "a decoder that shows its codes";
  EXPECT_EQ(integer_note(found, "gaussian_components"), 1);
  EXPECT_EQ(integer_note(found, "mixture_components"), 2);
  EXPECT_NEAR(real_note(found, "gaussian_validation_log_likelihood"), log_likelihood(validation, codes.mean, codes.covariance),
              1e-6);
  EXPECT_NEAR(real_note(found, "prior_validation_log_likelihood"),
              log_likelihood(validation, torch::zeros_like(codes.mean), torch::eye(SmallVae::kLatent, torch::kFloat64)), 1e-6);
}

TEST(SamplesEvaluation, CountTheDirectionsInWhichTrainingCodesVaryByLessThanTheFloor) {
  const torch::NoGradGuard no_grad;
  SmallVae small({}, {{"evaluate.samples", std::int64_t{1}},
                      {"evaluate.mixture_components", std::int64_t{1}},
                      {"evaluate.covariance_floor", 0.1}});
  const storage::Evaluation found = evaluation_of("samples", small.context(OnAxes().codes(), small.means()));

  EXPECT_EQ(integer_note(found, "below_floor"), 1) << "variances as 9, 2.25, 1 and 0.25, of which the floor is 0.3125";
}

TEST(SamplesEvaluation, OfDrawnCodesAreOfDensitiesOfTheDrawsWhichAreKept) {
  const torch::NoGradGuard no_grad;
  SmallVae small({}, drawn_from(40, {{"evaluate.samples", std::int64_t{6}}, {"evaluate.mixture_components", std::int64_t{2}}}));
  small.make_lively();
  const Context context = small.context(torch::zeros({40, SmallVae::kLatent}), {});
  Codes codes;
  codes.train = drawn(small, data::Split::train, 40);
  codes.mean = codes.train.mean(0);
  codes.covariance = torch::cov(codes.train.t(), /*correction=*/0) +
                     1e-6 * codes.train.var(0).mean() * torch::eye(SmallVae::kLatent, torch::kFloat64);
  const storage::Evaluation found = evaluation_of("samples", context);

  EXPECT_LE(difference(array_of(found, "gaussian"), small.pictures(codes.of_gaussian(6))), 1);
  EXPECT_NEAR(real_note(found, "gaussian_validation_log_likelihood"),
              log_likelihood(drawn(small, data::Split::validation, SmallVae::kImages), codes.mean, codes.covariance), 1e-6);
  const auto kept = stored_density(found, "gaussian", SmallVae::kLatent, "run.h5");
  ASSERT_TRUE(kept.has_value());
  EXPECT_TRUE(torch::allclose(kept->means[0], codes.mean, 1e-9, 1e-12));
  EXPECT_TRUE(torch::allclose(kept->covariances[0], codes.covariance, 1e-6, 1e-9));
  EXPECT_EQ(stored_density(found, "mixture", SmallVae::kLatent, "run.h5")->weights.size(0), 2);
  EXPECT_FALSE(stored_density(found, "other", SmallVae::kLatent, "run.h5").has_value());
  EXPECT_THROW(stored_density(found, "gaussian", SmallVae::kLatent + 1, "run.h5"), Error);
  for (const double wrong : {-1.0, double{NAN}}) {
    storage::Evaluation damaged = found;
    for (storage::LabelledArray& array : damaged.arrays)
      if (array.array.name == "gaussian_covariances") std::get<std::vector<double>>(array.array.values).front() = wrong;
    EXPECT_THROW(stored_density(damaged, "gaussian", SmallVae::kLatent, "run.h5"), Error) << "no density has " << wrong;
  }
}

TEST(SamplesEvaluation, HaveTheLikelihoodsAlsoWithoutImages) {
  const torch::NoGradGuard no_grad;
  SmallVae small({}, {{"evaluate.samples", std::int64_t{0}}});
  const Codes codes;
  const Tensor validation = small.means();
  const storage::Evaluation found = evaluation_of("samples", small.context(codes.train, validation));

  EXPECT_TRUE(found.arrays.empty());
  EXPECT_NEAR(real_note(found, "gaussian_validation_log_likelihood"), log_likelihood(validation, codes.mean, codes.covariance),
              1e-6);
  EXPECT_EQ(integer_note(found, "below_floor"), 0);
}

/// The code of a feature network of three numbers: the mean of each channel.
const std::string kMeans = "(images * 0.01).flatten(2).mean([2])";

/// What it gives, float64 [count, 3].
Tensor features_of(const Tensor& pictures) { return (pictures * 0.01).flatten(2).mean({2}).to(torch::kFloat64); }

/// Moves the first feature's mean in the one reference that is kept in this folder.
void shift_kept_mean(const std::filesystem::path& folder, double shift) {
  const std::vector<std::filesystem::directory_entry> kept(std::filesystem::directory_iterator(folder), {});
  ASSERT_EQ(kept.size(), 1U);
  std::vector<storage::NamedArray> arrays = storage::read_array_file(kept[0], "frechet reference");
  const auto mean = std::ranges::find(arrays, "mean", &storage::NamedArray::name);
  ASSERT_NE(mean, arrays.end());
  std::get<std::vector<double>>(mean->values).at(0) += shift;
  storage::write_array_file(kept[0], "frechet reference", arrays);
}

TEST(FrechetEvaluation, HasTheDistancesOfSampledAndReconstructedImagesToTheValidationImages) {
  const torch::NoGradGuard no_grad;
  constexpr std::int64_t kSampled = 60;  // more than a network gets at once
  const tests::TemporaryFolder folder;
  setenv("IRMAE_CACHE", (folder / "cache").c_str(), 1);  // no reference from elsewhere
  tests::write_network(folder / "means.pt", "return " + kMeans);
  SmallVae small({}, {{"evaluate.features", (folder / "means.pt").string()},
                      {"evaluate.frechet_images", kSampled},
                      {"evaluate.mixture_components", std::int64_t{2}}});
  small.make_lively();
  const Codes codes;
  const Context context = small.context(codes.train, {});
  const storage::Evaluation found = evaluation_of("frechet", context);
  ASSERT_EQ(found.note("missing"), nullptr) << std::get<std::string>(*found.note("missing"));

  const Tensor reference = features_of(data::to_bytes(small.images, small.dataset->facts().scaling));
  const auto wanted = [&](const Tensor& of) { return tests::frechet_apart(features_of(small.pictures(of)), reference); };
  const double gaussian = wanted(codes.of_gaussian(kSampled)), prior = wanted(Codes::noise(kSampled)),
               reconstructions = wanted(small.means());
  // A picture's byte may be rounded the other way.
  EXPECT_NEAR(real_note(found, "gaussian"), gaussian, 1e-4 * gaussian);
  EXPECT_NEAR(real_note(found, "prior"), prior, 1e-4 * prior);
  EXPECT_NEAR(real_note(found, "reconstructions"), reconstructions, 1e-4 * reconstructions);
  EXPECT_GT(std::abs(gaussian - prior), 1e-3 * prior) << "densities that differ";
  for (const char* density : {"gaussian", "mixture", "prior"})
    EXPECT_EQ(integer_note(found, std::string(density) + "_images"), kSampled);
  EXPECT_EQ(integer_note(found, "reconstructions_images"), SmallVae::kImages);
  EXPECT_EQ(integer_note(found, "reference_images"), SmallVae::kImages);
  EXPECT_EQ(integer_note(found, "features"), 3);
  EXPECT_EQ(real_note(evaluation_of("frechet", context), "gaussian"), real_note(found, "gaussian"))
      << "with the reference that was kept";
  shift_kept_mean(folder / "cache" / "frechet", 100);
  EXPECT_GT(real_note(evaluation_of("frechet", context), "gaussian"), gaussian + 5000) << "and with nothing computed anew";
}

TEST(FrechetEvaluation, OfANetworkThatFailsOnlyAtTheCellsOwnImagesIsMissingWithItsReason) {
  const torch::NoGradGuard no_grad;
  const tests::TemporaryFolder folder;
  setenv("IRMAE_CACHE", (folder / "cache").c_str(), 1);
  SmallVae small({}, {{"evaluate.features", (folder / "network.pt").string()}, {"evaluate.frechet_images", std::int64_t{8}}});
  const Codes codes;
  const std::pair<std::string, std::string> failing[] = {
      // Five validation images; a network is tried with two and with three.
      {"return " + kMeans + "[:3]", "network.pt: gives 3 x 3 for 5 images, not 5 x 3"},
      {"return " + kMeans + " / (4 - min(images.size(0), 4))", "network.pt: gives features that are not finite"},
      {"return " + kMeans + ".view([min(images.size(0), 4), 3])", "network.pt: fails at 5 images: shape"},
  };
  for (const auto& [code, reason] : failing) {
    tests::write_network(folder / "network.pt", code);
    const storage::Evaluation found = evaluation_of("frechet", small.context(codes.train, {}));
    ASSERT_NE(found.note("missing"), nullptr) << code;
    EXPECT_CONTAINS(std::get<std::string>(*found.note("missing")), reason);
    EXPECT_EQ(found.notes.size(), 1U) << "no distance";
  }
}

}  // namespace
}  // namespace irmae::evaluation
