// SPDX-License-Identifier: MIT
// A checkpoint goes on with another number of ranks; one that does not fit is refused with the difference.
#include <gtest/gtest.h>

#include <cmath>

#include "storage/hdf5/writer.h"
#include "tests/contains.h"
#include "tests/faults/cell.h"
#include "tests/mpi_environment.h"

namespace irmae::tests {
namespace {

namespace fs = std::filesystem;

/// Trains until a step, the middle of the second epoch, and stops there.
Result stopped(int ranks, const fs::path& output, const std::string& more = "", int step = 5) {
  return run("IRMAE_FAULT=step:usr1:0:" + std::to_string(step) + " " + mpirun(ranks) + small_cell().train(output, more));
}

TEST(Elastic, ACheckpointOfFourRanksGoesOnWithOneTwoOrThree) {
  const SmallCell& cell = small_cell();
  cell.undisturbed();
  const fs::path four = cell.place("four");
  const Result first = stopped(4, four);
  ASSERT_EQ(first.status, 75) << first.output;
  EXPECT_CONTAINS(first.output, "stopped in step 5 by a signal to rank 0, checkpoint written");
  const std::vector<std::string> losses = {"train_loss", "validation_loss"};
  const auto expected = SmallCell::numbers(cell.place("undisturbed"), "losses", losses);
  const auto spectrum = SmallCell::numbers(cell.place("undisturbed"), "ranks", {"entropy_rank"});

  for (const int ranks : {1, 2, 3}) {
    const fs::path output = cell.place("from-4-to-" + std::to_string(ranks));
    fs::copy(four, output, fs::copy_options::recursive);
    const Result second = run((ranks == 1 ? "" : mpirun(ranks)) + cell.train(output));
    ASSERT_EQ(second.status, 0) << second.output;
    EXPECT_EQ(run("grep -c 'start 2 .* from epoch 1, step 2' " + (SmallCell::folder(output) / "log.txt").string()).output,
              "1\n");
    const auto found = SmallCell::numbers(output, "losses", losses);
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], 1e-4 * expected[i]) << losses[i] << " with " << ranks << " ranks";
    EXPECT_NEAR(SmallCell::numbers(output, "ranks", {"entropy_rank"})[0], spectrum[0], 0.05 * spectrum[0]);
  }
}

/// As a run leaves it that was killed between making the last checkpoint the one before it and writing the new one.
TEST(Elastic, ACheckpointOfTwoNamesGoesOnAndLeavesNoThirdOne) {
  const SmallCell& cell = small_cell();
  const fs::path output = cell.place("two-names");
  constexpr int kLast = 9;  // after it one more checkpoint is written
  ASSERT_EQ(stopped(2, output, "", kLast).status, 75);
  const fs::path folder = SmallCell::folder(output);
  fs::remove(folder / "checkpoint.previous.h5");
  fs::create_hard_link(folder / "checkpoint.h5", folder / "checkpoint.previous.h5");

  const Result again = run(mpirun(2) + cell.train(output));

  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_EQ(leftovers(folder), "");
  EXPECT_EQ(SmallCell::tables(output), cell.undisturbed());
}

TEST(Elastic, ADamagedCheckpointIsKeptBesideUntilItsCellIsComplete) {
  const SmallCell& cell = small_cell();
  const fs::path output = cell.place("damaged");
  ASSERT_EQ(stopped(2, output).status, 75);
  const fs::path folder = SmallCell::folder(output), checkpoint = folder / "checkpoint.h5";
  const auto half = fs::file_size(checkpoint) / 2;
  fs::resize_file(checkpoint, half);

  const Result again = stopped(2, output, "", 2);
  EXPECT_EQ(again.status, 75) << again.output;
  EXPECT_CONTAINS(again.output, "the checkpoint before it is tried");
  ASSERT_TRUE(fs::exists(folder / "checkpoint.h5.damaged"));
  EXPECT_EQ(fs::file_size(folder / "checkpoint.h5.damaged"), half);
  EXPECT_EQ(damaged_files(folder), "");

  EXPECT_EQ(run(mpirun(2) + cell.train(output)).status, 0);
  EXPECT_EQ(leftovers(folder), "");
  EXPECT_EQ(SmallCell::tables(output), cell.undisturbed());
}

TEST(Elastic, AChangedBucketPlanIsRefusedWithTheParameterThatChanged) {
  const SmallCell& cell = small_cell();
  const fs::path output = cell.place("buckets");
  ASSERT_EQ(stopped(2, output).status, 75);

  const Result refused = run(mpirun(2) + cell.train(output, "train.first_bucket_mib=0.1"));
  EXPECT_EQ(refused.status, 1);
  EXPECT_CONTAINS(refused.output, "another bucket plan");
  EXPECT_CONTAINS(refused.output, "train.first_bucket_mib is 1.0 in the checkpoint and 0.1 here");

  EXPECT_EQ(run(mpirun(2) + cell.train(output)).status, 0) << "the checkpoint was touched";
  EXPECT_EQ(SmallCell::tables(output), cell.undisturbed());
}

TEST(Elastic, ACheckpointOfAnotherArchitectureIsRefusedWithTheParameterThatDiffers) {
  const SmallCell& cell = small_cell();
  ASSERT_EQ(stopped(1, cell.place("latent-16"), "model.latent=16").status, 75);
  ASSERT_EQ(stopped(1, cell.place("latent-32")).status, 75);
  const fs::path here = SmallCell::folder(cell.place("latent-32")) / "checkpoint.h5";
  fs::copy_file(SmallCell::folder(cell.place("latent-16")) / "checkpoint.h5", here, fs::copy_options::overwrite_existing);

  const Result refused = run(cell.train(cell.place("latent-32")));
  EXPECT_EQ(refused.status, 1);
  EXPECT_CONTAINS(refused.output, "model.latent is 16 in the checkpoint and 32 here");
}

TEST(Elastic, ACheckpointOfANewerFormatIsRefusedAndLeftAlone) {
  const SmallCell& cell = small_cell();
  const fs::path output = cell.place("newer");
  ASSERT_EQ(stopped(1, output).status, 75);
  const fs::path checkpoint = SmallCell::folder(output) / "checkpoint.h5";
  storage::hdf5::Writer newer;
  newer.root().attribute("schema_version", std::int64_t{99});
  newer.root().attribute("kind", std::string("checkpoint"));
  newer.commit(checkpoint);
  const auto written = fs::last_write_time(checkpoint);

  const Result refused = run(cell.train(output));
  EXPECT_EQ(refused.status, 1);
  EXPECT_CONTAINS(refused.output, "newer irmae (schema 99");
  EXPECT_EQ(fs::last_write_time(checkpoint), written);
}

}  // namespace
}  // namespace irmae::tests
