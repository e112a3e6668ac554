// SPDX-License-Identifier: MIT
#include "framework/cost/cost_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/models/cell_schema.h"
#include "storage/run_file.h"
#include "storage/system/files.h"
#include "storage/system/processor_name.h"
#include "tests/cell_of.h"

namespace irmae::cost {
namespace {

using tests::cell_of;

constexpr double kShapesStep = 6.0 * 13'434'880;  ///< FLOPs of a training step of one sample

struct Finished {
  double samples_per_second = 1000;
  double evaluation_seconds = 0;
  std::int64_t ranks = 1, threads = 1;
  std::string processor = storage::processor_name();
};

/// What the runs in this folder tell of cells with this schema.
CostModel costs_in(const std::filesystem::path& output, int cores, const manifest::Schema& schema = models::cell_schema()) {
  return {output, schema, cores};
}

/// A run.h5 as this cell would have left it.
void finish(const tests::TemporaryFolder& folder, const std::string& name, const manifest::Cell& cell,
            const models::Shape& shape, double train_size, const Finished& how) {
  storage::RunRecord run;
  run.identity = cell.identity();
  double seconds = 0;
  for (std::int64_t epoch = 1; epoch <= cell.integer("train.epochs"); ++epoch) {
    storage::EpochRecord record;
    record.epoch = epoch;
    record.seconds = train_size / how.samples_per_second;
    record.samples_per_second = how.samples_per_second;
    run.history.push_back(record);
    seconds += record.seconds;
  }
  // Of a set without validation samples here, so that all the rest is evaluation.
  run.provenance = {{"sample_shape", fmt::format("{}", fmt::join(shape, "x"))},
                    {"ranks", how.ranks},
                    {"threads_per_rank", how.threads},
                    {"device", std::string("cpu")},
                    {"processor", how.processor},
                    {"wall_seconds", seconds + how.evaluation_seconds}};
  const auto place = (folder / "grid") / name;
  storage::make_folder(place);
  storage::write_run(place / "run.h5", run);
}

const std::vector<std::string> kShapes{"train.device=cpu", "train.threads=1", "train.epochs=2", "data.train_size=3000",
                                       "data.validation_size=600"};

manifest::Cell shapes_cell(std::vector<std::string> more = {}) {
  more.insert(more.begin(), kShapes.begin(), kShapes.end());
  return cell_of(more);
}

/// With an evaluation's parameter beside those of the training.
manifest::Schema wider_schema() {
  manifest::Schema schema = models::cell_schema();
  schema.base.push_back({.path = "evaluate.pairs", .fallback = std::int64_t{3}, .help = "", .least = 0, .most = 10});
  return schema;
}

manifest::Cell wider_cell(std::int64_t pairs) {
  manifest::Cell cell = shapes_cell().with("evaluate.pairs", pairs);
  cell.seal(wider_schema());
  return cell;
}

TEST(CostModel, WithoutRunsTakesTheAssumedRate) {
  const CostModel model = costs_in("/nonexistent", 4);
  const Estimate estimate = model.estimate(shapes_cell(), 2);

  EXPECT_EQ(estimate.basis, Basis::assumed);
  EXPECT_DOUBLE_EQ(estimate.training, 2 * 3000 * kShapesStep / (2 * kAssumedCore));
  EXPECT_DOUBLE_EQ(estimate.validation, 2 * 600 * kShapesStep / 3 / (2 * kAssumedCore));
  EXPECT_FALSE(estimate.evaluations_known);
}

TEST(CostModel, MoreRanksThanCoresAreNotFaster) {
  const CostModel model = costs_in("/nonexistent", 2);

  EXPECT_EQ(model.expected_seconds(shapes_cell(), 4), model.expected_seconds(shapes_cell(), 2));
  EXPECT_LT(model.expected_seconds(shapes_cell(), 2), model.expected_seconds(shapes_cell(), 1));
}

TEST(CostModel, CountsTheThreadsOfAnyNumberOfRanks) {
  const CostModel model = costs_in("/nonexistent", 4);
  const manifest::Cell cell = shapes_cell({"train.threads=4"});
  EXPECT_EQ(model.expected_seconds(cell, 2'000'000'000), model.expected_seconds(cell, 1)) << "all cores in both";

  const tests::TemporaryFolder folder;
  finish(folder, "a", cell, {3, 32, 32}, 3000, {.samples_per_second = 1000, .ranks = 1'000'000, .threads = 4000});
  EXPECT_NEAR(costs_in(folder.string(), 1).estimate(cell, 1).training, 6 * 4e9, 1) << "on one thread";
}

TEST(CostModel, PassesOverRunsOfMoreRanksThanThereAre) {
  const tests::TemporaryFolder folder;
  constexpr std::int64_t kOneMore = (std::int64_t{1} << 32) + 1;  // 1, where the upper bits are dropped
  finish(folder, "a", shapes_cell(), {3, 32, 32}, 3000, {.ranks = kOneMore});
  finish(folder, "b", shapes_cell(), {3, 32, 32}, 3000, {.threads = kOneMore});

  EXPECT_EQ(costs_in(folder.string(), 1).runs(), 0u);
}

TEST(CostModel, TakesTheRateAndTheEvaluationsOfARunOfTheSameModel) {
  const tests::TemporaryFolder folder;
  // 6 s of training; validation at the same rate takes 2 x 600 / 3 / 1000 s of the rest.
  finish(folder, "a", shapes_cell(), {3, 32, 32}, 3000, {.samples_per_second = 1000, .evaluation_seconds = 5 + 0.4});
  const CostModel model = costs_in(folder.string(), 1);
  const Estimate same = model.estimate(shapes_cell({"train.seed=7", "train.epochs=20"}), 1);

  EXPECT_EQ(model.runs(), 1u);
  EXPECT_EQ(same.basis, Basis::same_model);
  EXPECT_NEAR(same.training, 60, 1e-9);
  EXPECT_NEAR(same.validation, 4, 1e-9);
  EXPECT_TRUE(same.evaluations_known);
  EXPECT_NEAR(same.evaluations, 5, 1e-9) << "once, whatever the number of epochs";
  EXPECT_NEAR(model.expected_seconds(shapes_cell(), 1), 11.4, 1e-9);
}

TEST(CostModel, TakesTheEvaluationsOfARunThatIsOlderThanOneOfTheirParameters) {
  const tests::TemporaryFolder folder;
  finish(folder, "a", shapes_cell(), {3, 32, 32}, 3000, {.samples_per_second = 1000, .evaluation_seconds = 5 + 0.4});
  const CostModel model = costs_in(folder.string(), 1, wider_schema());

  const Estimate as_then = model.estimate(wider_cell(3), 1);

  EXPECT_TRUE(as_then.evaluations_known) << "the parameter's default is what the run did";
  EXPECT_NEAR(as_then.evaluations, 5, 1e-9);
  EXPECT_FALSE(model.estimate(wider_cell(4), 1).evaluations_known);
}

TEST(CostModel, ScalesByOperationsToOtherNetworks) {
  const tests::TemporaryFolder folder;
  finish(folder, "a", shapes_cell(), {3, 32, 32}, 3000, {.samples_per_second = 1000});
  const CostModel model = costs_in(folder.string(), 1);
  const Estimate digits =
      model.estimate(cell_of({"data.name=mnist", "train.device=cpu", "train.threads=1", "train.epochs=1"}), 1);

  EXPECT_EQ(digits.basis, Basis::other_networks);
  EXPECT_NEAR(digits.training, 60'000 / (1000 * 13'434'880.0 / 24'412'160), 1e-6);
  EXPECT_EQ(model.estimate(shapes_cell({"model.method=vae"}), 1).basis, Basis::same_network);
}

TEST(CostModel, ARateOfVectorsTellsNothingOfImages) {
  const tests::TemporaryFolder folder;
  finish(folder, "a", cell_of({"data.name=array", "data.file=x.npy", "train.threads=1", "train.epochs=2"}), {20}, 900,
         {.samples_per_second = 100});

  EXPECT_EQ(costs_in(folder.string(), 1).estimate(shapes_cell(), 1).basis, Basis::assumed);
}

TEST(CostModel, LearnsFromMachinesOfThisKindWhereThereAreSuch) {
  const tests::TemporaryFolder folder;
  finish(folder, "far", shapes_cell(), {3, 32, 32}, 3000, {.samples_per_second = 100, .processor = "another"});
  EXPECT_NEAR(costs_in(folder.string(), 1).estimate(shapes_cell(), 1).training, 60, 1e-9);
  finish(folder, "near", shapes_cell(), {3, 32, 32}, 3000, {.samples_per_second = 1000});
  EXPECT_NEAR(costs_in(folder.string(), 1).estimate(shapes_cell(), 1).training, 6, 1e-9);
}

TEST(CostModel, TakesTheRatesOfTheCpuWhereTheGpusOfTheMachineAreHidden) {
  const tests::TemporaryFolder folder;
  finish(folder, "a", shapes_cell(), {3, 32, 32}, 3000, {.samples_per_second = 1000});
  const CostModel model = costs_in(folder.string(), 1);

  for (const char* none : {"-1", ""}) {  // the last is what tests are started with
    setenv("CUDA_VISIBLE_DEVICES", none, 1);
    const Estimate estimate = model.estimate(shapes_cell({"train.device=auto"}), 1);
    EXPECT_EQ(estimate.basis, Basis::same_model) << none;
    EXPECT_NEAR(estimate.training, 6, 1e-9) << none;
  }
}

TEST(CostModel, PassesOverARunWhoseParametersNoManifestMayHave) {
  const tests::TemporaryFolder folder;
  manifest::Cell cell = shapes_cell({"model.method=irmae"}).with("model.linear_layers", std::int64_t{1001});
  cell.seal(models::cell_schema());
  finish(folder, "a", cell, {3, 32, 32}, 3000, {});

  EXPECT_EQ(costs_in(folder.string(), 1).estimate(shapes_cell(), 1).basis, Basis::assumed);
}

TEST(CostModel, PassesOverARunWhoseEvaluationsNoManifestMayHave) {
  const tests::TemporaryFolder folder;
  finish(folder, "a", wider_cell(11), {3, 32, 32}, 3000, {});
  EXPECT_EQ(costs_in(folder.string(), 1, wider_schema()).runs(), 0u);
  finish(folder, "b", wider_cell(10), {3, 32, 32}, 3000, {});
  EXPECT_EQ(costs_in(folder.string(), 1, wider_schema()).runs(), 1u);
}

TEST(CostModel, KnowsTheSizesOfTheNamedSetsWithoutTheirFiles) {
  const CostModel model = costs_in("/nonexistent", 1);
  const auto digits = model.work(cell_of({"data.name=mnist", "data.root=/nonexistent"}));
  const auto faces = model.work(cell_of({"data.name=celeba", "data.root=/nonexistent", "train.epochs=3"}));

  ASSERT_TRUE(digits && faces);
  EXPECT_EQ(digits->training_samples, 60'000 * 100.0);
  EXPECT_EQ(digits->parameters, 2'041'057);
  EXPECT_EQ(digits->flops_per_sample, 6 * 24'412'160.0);
  EXPECT_EQ(faces->training_samples, 162'770 * 3.0);
  EXPECT_EQ(faces->flops(), 162'770 * 3.0 * 6 * 2'063'073'280.0);
}

TEST(CostModel, OfAUsersOwnDataNeedsARunOrToBeTold) {
  const manifest::Cell cell =
      cell_of({"data.name=array", "data.file=x.npy", "train.device=cpu", "train.threads=1", "train.epochs=2"});
  CostModel model = costs_in("/nonexistent", 1);
  EXPECT_EQ(model.estimate(cell, 1).basis, Basis::unknown);
  EXPECT_TRUE(std::isinf(model.expected_seconds(cell, 1)));
  model.know(cell, {{20}, 900, 100});
  EXPECT_EQ(model.work(cell)->training_samples, 1800);

  const tests::TemporaryFolder folder;
  finish(folder, "a", cell, {20}, 900, {.samples_per_second = 100});
  EXPECT_NEAR(costs_in(folder.string(), 1).estimate(cell, 1).training, 18, 1e-9);
}

TEST(CostModel, PassesOverFilesThatItCannotRead) {
  const tests::TemporaryFolder folder;
  storage::make_folder((folder / "grid") / "broken");
  storage::replace_file((folder / "grid") / "broken" / "run.h5", "no HDF5");

  EXPECT_EQ(costs_in(folder.string(), 1).runs(), 0u);
}

}  // namespace
}  // namespace irmae::cost
