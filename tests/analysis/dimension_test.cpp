// SPDX-License-Identifier: MIT
// Estimates of the intrinsic dimension against the same in numpy, and what they say of points of a known dimension.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "analysis/dimension/neighbours.h"
#include "framework/data/dataset.h"
#include "tests/analysis/raw_file.h"
#include "tests/analysis/small_vae.h"
#include "tests/python.h"
#include "tests/temporary_folder.h"

namespace irmae::dimension {
namespace {

using torch::Tensor;

/// float64 [count, 12]: points of a bent sheet of so many dimensions.
Tensor sheet(std::int64_t count, std::int64_t dimensions) {
  const auto noise = [](std::int64_t seed, std::int64_t rows, std::int64_t columns) {
    return data::normal_noise(static_cast<std::uint64_t>(seed), data::Stream::density_noise, 0, rows, columns)
        .to(torch::kFloat64);
  };
  return torch::tanh(noise(5, count, dimensions).mm(noise(6, dimensions, 12)) / 6) * 3 + 100;
}

Tensor all_nearest(const Tensor& points) { return nearest(points, 0, points.size(0), kNeighbours); }

TEST(Dimension, IsThatOfAnIndependentImplementation) {
  if (!tests::python_has("numpy")) GTEST_SKIP() << "Python has no numpy";
  const Tensor points = sheet(400, 4), distances = all_nearest(points);
  const tests::TemporaryFolder folder;
  tests::write_raw(folder / "points.bin", points);
  const auto result = tests::run(fmt::format(IRMAE_PYTHON " " IRMAE_SOURCE_DIR "/tests/analysis/dimension_oracle.py {} 12 {}",
                                             folder.string(), kNeighbours));
  ASSERT_EQ(result.status, 0) << result.output;
  const Tensor estimates = tests::read_raw(folder / "estimates.bin", {2});

  EXPECT_TRUE(torch::allclose(distances, tests::read_raw(folder / "distances.bin", {400, kNeighbours}), 1e-12, 1e-12));
  EXPECT_NEAR(two_nn(distances).value(), estimates[0].item<double>(), 1e-9);
  EXPECT_NEAR(maximum_likelihood(distances).value(), estimates[1].item<double>(), 1e-9);
}

TEST(Dimension, OfASheetIsNearTheNumberOfItsDirections) {
  for (const std::int64_t dimensions : {1, 3, 5}) {
    const Tensor distances = all_nearest(sheet(1500, dimensions));

    EXPECT_NEAR(two_nn(distances).value(), static_cast<double>(dimensions), 0.15 * static_cast<double>(dimensions));
    EXPECT_NEAR(maximum_likelihood(distances).value(), static_cast<double>(dimensions), 0.15 * static_cast<double>(dimensions));
  }
}

TEST(Dimension, NeighboursOfAShareAreThoseOfAll) {
  const Tensor points = sheet(300, 3);

  EXPECT_TRUE(torch::equal(nearest(points, 120, 50, kNeighbours), all_nearest(points).narrow(0, 120, 50)));
}

TEST(Dimension, FindsTheFirstOfPointsThatAreTheSame) {
  const Tensor once = sheet(50, 3), points = torch::cat({once, once.narrow(0, 10, 20), sheet(60, 3).narrow(0, 50, 10)});

  EXPECT_TRUE(torch::equal(distinct_rows(points), torch::cat({torch::arange(50), torch::arange(70, 80)})));
  EXPECT_EQ(distinct_rows(torch::tensor({{0.0, 1.0}, {-0.0, 1.0}}, torch::kFloat64)).size(0), 1);
}

TEST(Dimension, OfNoPointsIsNotKnown) {
  const Tensor distances = torch::empty({0, kNeighbours}, torch::kFloat64);

  EXPECT_FALSE(two_nn(distances));
  EXPECT_FALSE(maximum_likelihood(distances));
}

manifest::Cell cell_of_images(std::int64_t images) {
  return tests::with_evaluations(
      tests::cell_of({"model.method=ae", "model.latent=4", fmt::format("data.validation_size={}", images)}), {});
}

TEST(DimensionEvaluation, MeasuresTheFirstValidationSamplesAndTheirCodes) {
  const manifest::Cell cell = cell_of_images(70).with("evaluate.dimension_samples", std::int64_t{60});
  const auto dataset = data::open(cell);
  tests::UntrainedModel model(cell, dataset->shape());
  const Tensor codes = sheet(70, 2).narrow(1, 0, 4).contiguous();
  const storage::Evaluation found = tests::evaluation_of("dimension", model.context(*dataset, {}, codes));
  const Tensor samples =
      dataset->batch(data::Split::validation, data::consecutive(0, 60)).images.flatten(1).to(torch::kFloat64);

  EXPECT_EQ(tests::integer_note(found, "samples"), 60);
  EXPECT_NEAR(tests::real_note(found, "samples_two_nn"), two_nn(all_nearest(samples)).value(), 1e-9);
  EXPECT_NEAR(tests::real_note(found, "samples_mle"), maximum_likelihood(all_nearest(samples)).value(), 1e-9);
  EXPECT_NEAR(tests::real_note(found, "codes_two_nn"), two_nn(all_nearest(codes.narrow(0, 0, 60))).value(), 1e-9);
  EXPECT_NEAR(tests::real_note(found, "codes_mle"), maximum_likelihood(all_nearest(codes.narrow(0, 0, 60))).value(), 1e-9);
}

/// Shapes of which every second one is the one before.
class InPairs : public data::Dataset {
 public:
  explicit InPairs(const data::Dataset& all) : all_(all) {}
  std::vector<std::int64_t> shape() const override { return all_.shape(); }
  std::int64_t size(data::Split split) const override { return 2 * all_.size(split); }
  std::vector<std::int64_t> epoch_order(std::int64_t) const override { return {}; }
  data::Batch batch(data::Split split, const std::vector<std::int64_t>& indices) const override {
    std::vector<std::int64_t> halves;
    for (const std::int64_t index : indices) halves.push_back(index / 2);
    return all_.batch(split, halves);
  }

 private:
  const data::Dataset& all_;
};

TEST(DimensionEvaluation, OfRepeatedSamplesIsThatOfOneOfEachThoughTheirCodesDifferByRounding) {
  const manifest::Cell cell = cell_of_images(100);
  const auto once = data::open(cell);
  const InPairs pairs(*once);
  tests::UntrainedModel model(cell, once->shape());
  const Tensor codes = sheet(100, 2).narrow(1, 0, 4), twice = codes.repeat_interleave(2, 0);
  const Tensor rounded = twice * (1 + 1e-7 * torch::arange(200).remainder(2).unsqueeze(1));
  const auto notes = [&](const data::Dataset& dataset, const Tensor& of) {
    return tests::evaluation_of("dimension", model.context(dataset, {}, of.contiguous()));
  };
  const storage::Evaluation expected = notes(*once, codes);

  for (const Tensor& of : {twice, rounded})
    for (const char* name : {"samples_two_nn", "samples_mle", "codes_two_nn", "codes_mle"})
      EXPECT_EQ(tests::real_note(notes(pairs, of), name), tests::real_note(expected, name)) << name;
  EXPECT_EQ(tests::integer_note(notes(pairs, rounded), "samples_repeated"), 100);
  EXPECT_EQ(tests::integer_note(expected, "samples_repeated"), 0);
}

TEST(DimensionEvaluation, OfCodesThatDifferByRoundingAloneIsNotKnown) {
  const manifest::Cell cell = cell_of_images(60);
  const auto dataset = data::open(cell);
  tests::UntrainedModel model(cell, dataset->shape());
  const Tensor dead = 0.25 + 1e-8 * sheet(60, 4).narrow(1, 0, 4);
  const storage::Evaluation found = tests::evaluation_of("dimension", model.context(*dataset, {}, dead.contiguous()));

  EXPECT_TRUE(found.note("samples_two_nn"));
  EXPECT_FALSE(found.note("codes_two_nn"));
  EXPECT_FALSE(found.note("codes_mle"));
  EXPECT_EQ(tests::integer_note(found, "codes_repeated"), 60);
}

TEST(DimensionEvaluation, OfTooFewSamplesSaysSo) {
  const manifest::Cell cell = cell_of_images(20);
  const auto dataset = data::open(cell);
  tests::UntrainedModel model(cell, dataset->shape());
  const storage::Evaluation found =
      tests::evaluation_of("dimension", model.context(*dataset, {}, sheet(20, 2).narrow(1, 0, 4)));

  EXPECT_EQ(std::get<std::string>(*found.note("missing")),
            "20 validation samples are too few: 20 neighbours of each are asked for");
}

}  // namespace
}  // namespace irmae::dimension
