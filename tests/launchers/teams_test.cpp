// SPDX-License-Identifier: MIT
// Several cells at once in one mpirun, and the plan that is kept beside the runs.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/mpi_environment.h"
#include "tests/temporary_folder.h"

namespace irmae {
namespace {

namespace fs = std::filesystem;
using tests::run;

class Teams : public ::testing::Test {
 protected:
  void SetUp() override { tests::set_mpi_environment(); }
  void manifest(const std::string& cells) const {
    std::ofstream(folder / "m.toml") << "[data]\ntrain_size = 70\nvalidation_size = 50\n[train]\nepochs = 2\nthreads = 1\n"
                                     << cells;
  }
  tests::Result train(int ranks, const std::string& output, const std::string& more) const {
    return run("mpirun --oversubscribe --bind-to none -n " + std::to_string(ranks) + " " + irmae + " run " +
               (folder / "m.toml").string() + " -o " + (folder / output).string() + " " + more);
  }
  tests::Result train_in_lanes(const std::string& output, const std::string& more) const {
    return run(irmae + " run " + (folder / "m.toml").string() + " -o " + (folder / output).string() + " " + more);
  }
  /// As CSV, with at least one row.
  std::string table(const std::string& kind, const std::string& output) const {
    const auto result = run(irmae + " table " + kind + " --format csv " + (folder / output).string());
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_GT(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
    return result.output;
  }
  std::string losses(const std::string& output) const { return table("losses", output); }
  /// Of ae-seed1 and ae-seed2 the second has no folder in the end, as if it had never started.
  void train_two_and_lose_one() const {
    manifest("[grid]\ntrain.seed = [1, 2]\n");
    ASSERT_EQ(train(1, "out", "").status, 0);
    run("rm -r " + (folder / "out/m").string() + "/ae-seed2-*");
  }
  static bool says(const tests::Result& result, const std::string& text) {
    return result.output.find(text) != std::string::npos;
  }

  tests::TemporaryFolder folder;
  const std::string irmae = IRMAE_BINARY_DIR "/irmae";
};

TEST_F(Teams, TrainEachCellAsIfItWereAlone) {
  manifest("[grid]\ntrain.seed = [1, 2, 3, 4, 5]\n");
  const auto teams = train(3, "teams", "--ranks-per-cell 1");
  ASSERT_EQ(teams.status, 0) << teams.output;
  ASSERT_EQ(train(1, "alone", "").status, 0);

  EXPECT_TRUE(says(teams, "5 of 5 cells complete (5 trained now)")) << teams.output;
  EXPECT_TRUE(says(teams, "the ranks were without a cell for")) << teams.output;
  EXPECT_EQ(losses("teams"), losses("alone")) << "bit-identical: one rank a cell in both";
}

TEST_F(Teams, HaveTheSizeThatEachCellAsksFor) {
  manifest(
      "[[cell]]\nname = 'one'\ntrain.device = 'cpu'\n[[cell]]\nname = 'two'\ntrain.seed = 2\ntrain.ranks = 2\n"
      "[[cell]]\nname = 'many'\ntrain.seed = 3\ntrain.ranks = 99\n");
  const auto result = train(3, "out", "--ranks-per-cell 1");
  ASSERT_EQ(result.status, 0) << result.output;

  const auto ranks = [&](const std::string& cell) {
    return run("grep -ho ': [0-9]* ranks' " + (folder / "out/m").string() + "/" + cell + "-*/log.txt").output;
  };
  EXPECT_EQ(ranks("one"), ": 1 ranks\n");
  EXPECT_EQ(ranks("two"), ": 2 ranks\n");
  EXPECT_EQ(ranks("many"), ": 3 ranks\n");
  EXPECT_EQ(run("grep -c ' 1 ranks on cpu, ' " + (folder / "out/m").string() + "/one-*/log.txt").output, "1\n");
}

TEST_F(Teams, ThatLeaveRanksWithoutWorkSaySoOnce) {
  manifest("");
  const auto result = train(3, "out", "--ranks-per-cell 2 -q");
  ASSERT_EQ(result.status, 0) << result.output;

  const std::string line = "irmae: 1 of 3 ranks will have no cell";
  EXPECT_TRUE(says(result, line)) << result.output;
  EXPECT_EQ(result.output.find(line), result.output.rfind(line)) << result.output;
  EXPECT_FALSE(says(train(2, "again", "--ranks-per-cell 2"), "will have no cell"));
}

TEST_F(Teams, EndAtOnceWhereOneRankReadsAnotherManifestOrNone) {
  manifest("");
  fs::create_directory(folder / "elsewhere");
  std::ofstream(folder / "elsewhere" / "m.toml") << "train.epochs = 3\n";
  const auto with = [&](const std::string& file) {
    const auto rank = [&](const std::string& path) {
      return " -n 1 " + irmae + " run " + (folder / path).string() + " -o " + (folder / "out").string();
    };
    return run("mpirun --oversubscribe --bind-to none" + rank("m.toml") + " :" + rank(file));
  };

  const auto other = with("elsewhere/m.toml");
  EXPECT_EQ(other.status, 2) << other.output;
  EXPECT_TRUE(says(other, "irmae: rank 1 on ")) << other.output;
  EXPECT_TRUE(says(other, "gives other cells here than on rank 0's host")) << other.output;

  const auto none = with("absent.toml");
  EXPECT_EQ(none.status, 2) << none.output;
  EXPECT_TRUE(says(none, "irmae: rank 1 on ") && says(none, "absent.toml")) << none.output;
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST_F(Teams, GoOnWhereACellFailsAndNameIt) {
  manifest(
      "[[cell]]\nname = 'bad'\ntrain.learning_rate = 1e30\n[[cell]]\nname = 'good'\n[[cell]]\nname = 'other'\n"
      "train.seed = 2\n");
  const auto result = train(2, "out", "--ranks-per-cell 1");

  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(says(result, "2 of 3 cells complete")) << result.output;
  EXPECT_TRUE(says(result, "failed: bad: the loss became")) << result.output;
}

TEST_F(Teams, GoOnWhereNoRankOfATeamCanTrainACell) {
  manifest("[[cell]]\nname = 'for-a-gpu'\ntrain.precision = 'tf32'\ntrain.device = 'cpu'\n[[cell]]\nname = 'good'\n");
  const auto result = train(2, "out", "");

  EXPECT_EQ(result.status, 2);
  EXPECT_TRUE(says(result, "1 of 2 cells complete")) << result.output;
  EXPECT_TRUE(says(result, "failed: for-a-gpu: train.precision = \"tf32\" is arithmetic of a GPU")) << result.output;
}

TEST_F(Teams, StopAtTheFirstFailureWhenAskedTo) {
  manifest("[[cell]]\nname = 'bad'\ntrain.learning_rate = 1e30\n[[cell]]\nname = 'long'\ntrain.epochs = 100000\n");
  const auto result = train(2, "out", "--ranks-per-cell 1 --fail-fast");

  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(says(result, "long  stopped with the others, checkpoint written")) << result.output;
  EXPECT_TRUE(says(result, "stopped after the first failure (--fail-fast)")) << result.output;
}

TEST_F(Teams, AllStopOnASignalAndGoOnLater) {
  manifest("[grid]\ntrain.seed = [1, 2, 3]\n");
  ASSERT_EQ(train(2, "whole", "--ranks-per-cell 1").status, 0);
  const auto stopped = run("IRMAE_FAULT=step:usr1:1:2 mpirun --oversubscribe --bind-to none -n 2 " + irmae + " run " +
                           (folder / "m.toml").string() + " -o " + (folder / "out").string() + " --ranks-per-cell 1");
  EXPECT_EQ(stopped.status, 75) << stopped.output;
  EXPECT_TRUE(says(stopped, "stopped early")) << stopped.output;
  const auto again = train(2, "out", "--ranks-per-cell 1");
  ASSERT_EQ(again.status, 0) << again.output;

  EXPECT_EQ(losses("out"), losses("whole"));
}

TEST_F(Teams, HaveNotStoppedEarlyWhereASignalComesAfterTheLastStep) {
  manifest("");
  const auto late =
      run("IRMAE_FAULT=rename-run:usr1 " + irmae + " run " + (folder / "m.toml").string() + " -o " + (folder / "out").string());
  EXPECT_EQ(late.status, 0) << late.output;
  EXPECT_TRUE(says(late, "1 of 1 cells complete")) << late.output;
  EXPECT_FALSE(says(late, "stopped early")) << late.output;
}

TEST_F(Teams, TrainOnWhereNobodyHearsTheirErrors) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  manifest("[[cell]]\nname = 'bad'\ntrain.learning_rate = 1e30\n[[cell]]\nname = 'good'\n");
  const auto deaf =
      run("( " + irmae + " run " + (folder / "m.toml").string() + " -o " + (folder / "out").string() + " 2>/dev/full )");
  EXPECT_EQ(deaf.status, 1) << deaf.output;
  EXPECT_TRUE(says(deaf, "1 of 2 cells complete")) << deaf.output;
}

TEST_F(Teams, AreStartedAgainAfterASignalThoughACellFailed) {
  manifest(
      "[grid]\ntrain.seed = [1, 2]\n[[cell]]\nname = 'bad'\ntrain.learning_rate = 1e30\ntrain.epochs = 100001\n[[cell]]\nname = 'long'\n"
      "train.epochs = 100000\n");
  const auto stopped = run("IRMAE_FAULT=step:usr1:1:30 mpirun --oversubscribe --bind-to none -n 2 " + irmae + " run " +
                           (folder / "m.toml").string() + " -o " + (folder / "out").string() + " --ranks-per-cell 1");

  EXPECT_TRUE(says(stopped, "failed: bad")) << stopped.output;
  EXPECT_EQ(stopped.status, 75) << "a batch job is to go on with the cells that were stopped\n" << stopped.output;
}

/// Cells of every kind that computes something of its own, in one process.
constexpr const char* kManyMethods = "[grid]\nmodel.method = ['ae', 'irmae', 'vae', 'rrae', 'cae', 'least-volume']\n";

TEST_F(Teams, LanesOfOneProcessTrainEachCellAsIfItWereAlone) {
  manifest(kManyMethods);
  const auto lanes = train_in_lanes("lanes", "--cells-per-gpu 3");
  ASSERT_EQ(lanes.status, 0) << lanes.output;
  ASSERT_EQ(train(1, "alone", "").status, 0);

  EXPECT_TRUE(says(lanes, "6 of 6 cells complete (6 trained now)")) << lanes.output;
  EXPECT_TRUE(says(lanes, "the ranks were without a cell for")) << lanes.output;
  EXPECT_EQ(losses("lanes"), losses("alone")) << "bit-identical";
  for (const char* kind : {"ranks", "classification", "attributes"})
    EXPECT_EQ(table(kind, "lanes"), table(kind, "alone")) << kind;
}

TEST_F(Teams, SeveralRanksHaveLanesToo) {
  manifest("[grid]\ntrain.seed = [1, 2, 3, 4, 5]\n");
  const auto lanes = train(2, "lanes", "--ranks-per-cell 1 --cells-per-gpu 2");
  ASSERT_EQ(lanes.status, 0) << lanes.output;
  ASSERT_EQ(train(1, "alone", "").status, 0);

  EXPECT_EQ(losses("lanes"), losses("alone"));
}

TEST_F(Teams, LanesGoOnWhereTheCellOfAnotherFails) {
  manifest(
      "[[cell]]\nname = 'bad'\ntrain.learning_rate = 1e30\n[[cell]]\nname = 'good'\n[[cell]]\nname = 'other'\n"
      "train.seed = 2\n");
  const auto result = train_in_lanes("out", "--cells-per-gpu 2");

  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(says(result, "2 of 3 cells complete")) << result.output;
  EXPECT_TRUE(says(result, "failed: bad: the loss became")) << result.output;
}

TEST_F(Teams, AllLanesStopOnASignalAndGoOnLater) {
  manifest("[grid]\ntrain.seed = [1, 2, 3]\n");
  ASSERT_EQ(train_in_lanes("whole", "").status, 0);
  const auto stopped = run("IRMAE_FAULT=step:usr1:0:2 " + irmae + " run " + (folder / "m.toml").string() + " -o " +
                           (folder / "out").string() + " --cells-per-gpu 2");
  EXPECT_EQ(stopped.status, 75) << stopped.output;
  EXPECT_TRUE(says(stopped, "stopped early")) << stopped.output;
  const auto again = train_in_lanes("out", "--cells-per-gpu 3");
  ASSERT_EQ(again.status, 0) << again.output;

  EXPECT_EQ(losses("out"), losses("whole"));
}

TEST_F(Teams, LanesThatCannotBeAreRefused) {
  manifest("[grid]\ntrain.precision = ['float32', 'float64']\n");
  const auto mixed = train_in_lanes("out", "--cells-per-gpu 2");
  EXPECT_EQ(mixed.status, 2);
  EXPECT_TRUE(says(mixed, "the cells differ in train.precision")) << mixed.output;
  manifest("");
  const auto wide = train(2, "out", "--cells-per-gpu 2");
  EXPECT_EQ(wide.status, 2);
  EXPECT_TRUE(says(wide, "add --ranks-per-cell 1")) << wide.output;
  EXPECT_EQ(wide.output.find("add --ranks-per-cell 1"), wide.output.rfind("add --ranks-per-cell 1"))
      << "said once: " << wide.output;
}

TEST_F(Teams, APlanIsKeptBesideTheRunsAndCanBeGoneOnWith) {
  manifest("[grid]\ntrain.seed = [1, 2]\n");
  ASSERT_EQ(train(1, "out", "--only '*seed1'").status, 0);
  ASSERT_EQ(train(1, "out", "--only '*seed2' train.epochs=3").status, 0);
  const auto again = run(irmae + " run " + (folder / "out").string());

  EXPECT_EQ(again.status, 0);
  EXPECT_TRUE(says(again, "2 of 2 cells complete (0 trained now)")) << again.output;
  const auto elsewhere = run(irmae + " run " + (folder / "out").string() + " -o " + (folder / "other").string());
  EXPECT_EQ(elsewhere.status, 2);
  EXPECT_TRUE(says(elsewhere, "drop -o")) << elsewhere.output;
}

TEST_F(Teams, APlanHasTheEpochsOfCellsThatWait) {
  train_two_and_lose_one();

  EXPECT_EQ(run(irmae + " status --state waiting --format csv " + (folder / "out").string() + " | grep -c ',2,'").output,
            "1\n");
}

TEST_F(Teams, OnlyFailedCellsAreTriedAgainWhenAsked) {
  manifest("[[cell]]\nname = 'bad'\ntrain.learning_rate = 1e30\n[[cell]]\nname = 'later'\ntrain.seed = 2\n");
  ASSERT_EQ(train(1, "out", "--fail-fast").status, 1);
  const auto again = run(irmae + " run " + (folder / "out").string() + " --retry failed,dead");

  EXPECT_EQ(again.status, 1);
  EXPECT_TRUE(says(again, "1 cells to be tried again")) << again.output;
  EXPECT_FALSE(says(again, "later")) << again.output;
  EXPECT_EQ(run(irmae + " run " + (folder / "m.toml").string() + " --retry failed").status, 2);
}

TEST_F(Teams, ASizeThatIsNoneIsOneShortLine) {
  manifest("");
  const auto wrong = run(irmae + " run " + (folder / "m.toml").string() + " --ranks-per-cell 0");

  EXPECT_EQ(wrong.status, 2);
  EXPECT_EQ(wrong.output, "irmae: --ranks-per-cell: must be a number above 0, not '0'; irmae COMMAND --help explains\n");
}

TEST_F(Teams, TheReportNamesCellsThatNeverStarted) {
  train_two_and_lose_one();
  const auto made = run(irmae + " report " + (folder / "out").string() + " -o " + (folder / "r.html").string());
  EXPECT_EQ(made.status, 0) << made.output;
  std::stringstream page;
  page << std::ifstream(folder / "r.html").rdbuf();

  EXPECT_NE(page.str().find("1 cell of what was planned: m/ae-seed2: waiting"), std::string::npos);
  std::ofstream(folder / "out/m/m.toml") << "[[cell]]\nname = '../x'\nid = '" << std::string(64, '1') << "'\n";
  const auto damaged = run(irmae + " report " + (folder / "out").string() + " -o " + (folder / "r.html").string());
  EXPECT_EQ(damaged.status, 1);
  EXPECT_TRUE(says(damaged, "has no proper name and id")) << damaged.output;
}

TEST_F(Teams, AFrozenPlanThatCannotBeTakenIsPutAside) {
  manifest("");
  ASSERT_EQ(train(1, "out", "").status, 0);
  const std::string plan = (folder / "out/m/m.toml").string();
  std::ofstream(plan) << "no plan";
  const auto again = train(1, "out", "");
  std::string kept;
  std::getline(std::ifstream(plan + ".old"), kept);

  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_TRUE(says(again, "was put aside as " + plan + ".old")) << again.output;
  EXPECT_EQ(kept, "no plan");
  EXPECT_EQ(run(irmae + " plan " + plan).status, 0);
}

/// A task of a job that was submitted before the manifest was changed starts after the newer one was.
TEST_F(Teams, AnOlderFrozenPlanDoesNotPushANewerCellOut) {
  manifest("[[cell]]\nname = 'a'\n");
  ASSERT_EQ(train(1, "out", "train.epochs=1").status, 0);
  fs::create_directories(folder / "submitted");
  fs::copy_file(folder / "out/m/m.toml", folder / "submitted/m.toml");
  ASSERT_EQ(train(1, "out", "").status, 0);
  const auto plan = [&] { return run("cat " + (folder / "out/m/m.toml").string()).output; };
  const std::string newer = plan();

  EXPECT_EQ(run(irmae + " run " + (folder / "submitted/m.toml").string() + " -o " + (folder / "out").string()).status, 0);
  EXPECT_EQ(plan(), newer);
}

TEST_F(Teams, AFrozenPlanThatWasChangedIsRefused) {
  manifest("");
  ASSERT_EQ(train(1, "out", "").status, 0);
  const std::string plan = (folder / "out/m/m.toml").string();
  ASSERT_EQ(run("sed -i 's/^train.epochs = .*/train.epochs = 9/' " + plan).status, 0);
  const auto changed = run(irmae + " run " + (folder / "out").string());

  EXPECT_EQ(changed.status, 2);
  EXPECT_TRUE(says(changed, "for which the plan was frozen: its parameters were changed")) << changed.output;
}

TEST_F(Teams, TheCellsOfAFolderAreNotChangedByArguments) {
  manifest("[grid]\n'train.seed' = [1, 2]\n");
  ASSERT_EQ(train(1, "out", "").status, 0);
  const std::string out = (folder / "out").string();
  const auto epochs = run(irmae + " run " + out + " train.epochs=9 train.threads=1");
  const auto two = run(irmae + " run " + out + " train.epochs=9 'train.seed=[3,4]'"),
             scale = run(irmae + " run " + out + " scale=small");

  EXPECT_EQ(epochs.status, 2);
  EXPECT_TRUE(epochs.output.ends_with(
      "out/m/m.toml: train.epochs cannot be changed for a folder's cells, which are planned already: leave it out to go on with "
      "them; irmae run MANIFEST train.epochs=... -o DIR makes new ones\n"))
      << epochs.output;
  EXPECT_EQ(std::count(epochs.output.begin(), epochs.output.end(), '\n'), 1) << "once for all cells: " << epochs.output;
  EXPECT_TRUE(says(two, "m.toml: train.epochs, train.seed cannot be changed for a folder's cells")) << two.output;
  EXPECT_TRUE(says(scale, "m.toml: scale cannot be changed for a folder's cells")) << scale.output;
  EXPECT_EQ(run(irmae + " run " + out + " train.threads=1").status, 0) << "not part of what a cell is";
}

}  // namespace
}  // namespace irmae
