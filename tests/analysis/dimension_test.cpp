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

TEST(Dimension, LeavesOutPointsThatCoincide) {
  const Tensor once = sheet(500, 3), points = torch::cat({once, once.narrow(0, 0, 40)});
  const Tensor distances = all_nearest(points);

  EXPECT_EQ((distances.select(1, 0) == 0).sum().item<std::int64_t>(), 80);
  EXPECT_NEAR(two_nn(distances).value(), 3, 0.5);
  EXPECT_NEAR(maximum_likelihood(distances).value(), 3, 0.5);
}

TEST(Dimension, OfPointsThatAllCoincideIsNotKnown) {
  const Tensor distances = all_nearest(torch::full({50, 4}, 0.25, torch::kFloat64));

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
