// SPDX-License-Identifier: MIT
// Several cells at once in one mpirun, and the plan that is kept beside the runs.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/contains.h"
#include "tests/csv.h"
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
  /// irmae run ... -o `output` in the folder.
  std::string command(const std::string& output = "out") const {
    return irmae + " run " + (folder / "m.toml").string() + " -o " + (folder / output).string();
  }
  tests::Result train(int ranks, const std::string& output, const std::string& more) const {
    return run(tests::mpirun(ranks) + command(output) + " " + more);
  }
  tests::Result train_in_lanes(const std::string& output, const std::string& more) const {
    return run(command(output) + " " + more);
  }
  std::string table(const std::string& kind, const std::string& output) const {
    return tests::csv_table(kind, folder / output);
  }
  std::string losses(const std::string& output) const { return table("losses", output); }
  /// Of ae-seed1 and ae-seed2 the second has no folder in the end, as if it had never started.
  void train_two_and_lose_one() const {
    manifest("[grid]\ntrain.seed = [1, 2]\n");
    ASSERT_EQ(train(1, "out", "").status, 0);
    run("rm -r " + (folder / "out/m").string() + "/ae-seed2-*");
  }

  tests::TemporaryFolder folder;
  const std::string irmae = IRMAE_BINARY_DIR "/irmae";
};

TEST_F(Teams, TrainEachCellAsIfItWereAlone) {
  manifest("[grid]\ntrain.seed = [1, 2, 3, 4, 5]\n");
  const auto teams = train(3, "teams", "--ranks-per-cell 1");
  ASSERT_EQ(teams.status, 0) << teams.output;
  ASSERT_EQ(train(1, "alone", "").status, 0);

  EXPECT_CONTAINS(teams.output, "5 of 5 cells complete (5 trained now)");
  EXPECT_CONTAINS(teams.output, "the ranks were without a cell for");
  EXPECT_EQ(losses("teams"), losses("alone")) << "bit-identical: one rank a cell in both";
}

TEST_F(Teams, HaveTheSizeThatEachCellAsksFor) {
  manifest(
      "[[cell]]\nname = 'one'\ntrain.device = 'cpu'\n[[cell]]\nname = 'two'\ntrain.seed = 2\ntrain.ranks = 2\n"
      "[[cell]]\nname = 'many'\ntrain.seed = 3\ntrain.ranks = 99\n");
  const auto result = train(3, "out", "--ranks-per-cell 1");
  ASSERT_EQ(result.status, 0) << result.output;

  const auto ranks = [&](const std::string& cell) {
    return run("grep -ohE ': [0-9]+ ranks?' " + (folder / "out/m").string() + "/" + cell + "-*/log.txt").output;
  };
  EXPECT_EQ(ranks("one"), ": 1 rank\n");
  EXPECT_EQ(ranks("two"), ": 2 ranks\n");
  EXPECT_EQ(ranks("many"), ": 3 ranks\n");
  EXPECT_EQ(run("grep -c ' 1 rank on cpu, ' " + (folder / "out/m").string() + "/one-*/log.txt").output, "1\n");
}

TEST_F(Teams, ThatLeaveRanksWithoutWorkSaySoOnce) {
  manifest("");
  const auto result = train(3, "out", "--ranks-per-cell 2 -q");
  ASSERT_EQ(result.status, 0) << result.output;

  const std::string line = "irmae: 1 of 3 ranks will have no cell";
  EXPECT_CONTAINS(result.output, line);
  EXPECT_EQ(result.output.find(line), result.output.rfind(line)) << result.output;
  EXPECT_LACKS(train(2, "again", "--ranks-per-cell 2").output, "will have no cell");
}

TEST_F(Teams, EndAtOnceWhereOneRankReadsAnotherManifestOrNone) {
  manifest("");
  fs::create_directory(folder / "elsewhere");
  std::ofstream(folder / "elsewhere" / "m.toml") << "train.epochs = 3\n";
  const auto with = [&](const std::string& file) {
    const auto rank = [&](const std::string& path) {
      return irmae + " run " + (folder / path).string() + " -o " + (folder / "out").string();
    };
    return run(tests::mpirun(1) + rank("m.toml") + " : -n 1 " + rank(file));
  };

  const auto other = with("elsewhere/m.toml");
  EXPECT_EQ(other.status, 2) << other.output;
  EXPECT_CONTAINS(other.output, "irmae: rank 1 on ");
  EXPECT_CONTAINS(other.output, "gives other cells here than on rank 0's host");

  const auto none = with("absent.toml");
  EXPECT_EQ(none.status, 2) << none.output;
  EXPECT_CONTAINS(none.output, "irmae: rank 1 on ");
  EXPECT_CONTAINS(none.output, "absent.toml");
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST_F(Teams, GoOnWhereACellFailsAndNameIt) {
  manifest(
      "[[cell]]\nname = 'bad'\ntrain.learning_rate = 1e30\n[[cell]]\nname = 'good'\n[[cell]]\nname = 'other'\n"
      "train.seed = 2\n");
  const auto result = train(2, "out", "--ranks-per-cell 1");

  EXPECT_EQ(result.status, 1);
  EXPECT_CONTAINS(result.output, "2 of 3 cells complete");
  EXPECT_CONTAINS(result.output, "irmae: failed: bad (why stands above)\n");
  EXPECT_CONTAINS(result.output, "irmae: cell bad: the loss became");
  EXPECT_EQ(result.output.find("the loss became"), result.output.rfind("the loss became")) << "said once: " << result.output;
}

TEST_F(Teams, TheOnlyCellsFailureIsSaidOnce) {
  manifest("learning_rate = 1e30\n");
  const auto result = train(1, "out", "-q");

  EXPECT_EQ(result.status, 1);
  EXPECT_CONTAINS(result.output, "irmae: cell ae: the loss became");
  EXPECT_EQ(result.output.find("the loss became"), result.output.rfind("the loss became")) << result.output;
  EXPECT_LACKS(result.output, "failed: ae");
}

TEST_F(Teams, GoOnWhereNoRankOfATeamCanTrainACell) {
  manifest("[[cell]]\nname = 'for-a-gpu'\ntrain.precision = 'tf32'\ntrain.device = 'cpu'\n[[cell]]\nname = 'good'\n");
  const auto result = train(2, "out", "");

  EXPECT_EQ(result.status, 2);
  EXPECT_CONTAINS(result.output, "1 of 2 cells complete");
  EXPECT_CONTAINS(result.output, "irmae: cell for-a-gpu: train.precision = \"tf32\" is arithmetic of a GPU");
  EXPECT_CONTAINS(result.output, "irmae: failed: for-a-gpu (why stands above)\n");
}

TEST_F(Teams, StopAtTheFirstFailureWhenAskedTo) {
  manifest("[[cell]]\nname = 'bad'\ntrain.learning_rate = 1e30\n[[cell]]\nname = 'long'\ntrain.epochs = 100000\n");
  const auto result = train(2, "out", "--ranks-per-cell 1 --fail-fast");

  EXPECT_EQ(result.status, 1);
  EXPECT_TRUE(
      std::regex_search(result.output, std::regex("long  stopped in step [0-9]+ with the other cells, checkpoint written")))
      << result.output;
  EXPECT_CONTAINS(result.output, "stopped after the first failure (--fail-fast)");
}

TEST_F(Teams, AllStopOnASignalAndGoOnLater) {
  manifest("[grid]\ntrain.seed = [1, 2, 3]\n");
  ASSERT_EQ(train(2, "whole", "--ranks-per-cell 1").status, 0);
  const auto stopped = run("IRMAE_FAULT=step:usr1:1:2 " + tests::mpirun(2) + command() + " --ranks-per-cell 1");
  EXPECT_EQ(stopped.status, 75) << stopped.output;
  EXPECT_CONTAINS(stopped.output, "stopped early");
  EXPECT_CONTAINS(stopped.output, " by a signal to rank 1, checkpoint written");
  EXPECT_LACKS(stopped.output, "signal to rank 0");
  const auto again = train(2, "out", "--ranks-per-cell 1");
  ASSERT_EQ(again.status, 0) << again.output;

  EXPECT_EQ(losses("out"), losses("whole"));
}

TEST_F(Teams, AllStopOnASignalToARankWithoutWork) {
  manifest("[[cell]]\nname = 'long'\ntrain.epochs = 100000\n");
  // Whichever of the two has no work: the other comes there once it has stopped.
  const auto rank = [&](const std::string& number) {
    return "env IRMAE_FAULT='wait for the others:usr1:" + number + "' " + command() + " --ranks-per-cell 1";
  };
  const auto stopped = run("timeout 120 " + tests::mpirun(1) + rank("0") + " : -n 1 " + rank("1"));

  EXPECT_EQ(stopped.status, 75) << stopped.output;
  EXPECT_TRUE(
      std::regex_search(stopped.output, std::regex("long  stopped in step [0-9]+ with the other cells, checkpoint written")))
      << stopped.output;
  EXPECT_CONTAINS(stopped.output, "stopped early");
}

TEST_F(Teams, HaveNotStoppedEarlyWhereASignalComesAfterTheLastStep) {
  manifest("");
  const auto late = run("IRMAE_FAULT=rename-run:usr1 " + command());
  EXPECT_EQ(late.status, 0) << late.output;
  EXPECT_CONTAINS(late.output, "1 of 1 cell complete");
  EXPECT_LACKS(late.output, "stopped early");
}

TEST_F(Teams, TrainOnWhereNobodyHearsTheirErrors) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  manifest("[[cell]]\nname = 'bad'\ntrain.learning_rate = 1e30\n[[cell]]\nname = 'good'\n");
  const auto deaf = run("( " + command() + " 2>/dev/full )");
  EXPECT_EQ(deaf.status, 1) << deaf.output;
  EXPECT_CONTAINS(deaf.output, "1 of 2 cells complete");
}

TEST_F(Teams, TrainOnWhereNobodyReadsTheirOutput) {
  manifest("[grid]\ntrain.seed = [1, 2, 3]\n");
  // One line is read, and each line is written by itself: of a full buffer nobody would hear before the end.
  run("ASAN_OPTIONS=verify_asan_link_order=0 stdbuf -o0 " + command() + " | head -n 1");
  const auto again = train(1, "out", "");
  EXPECT_CONTAINS(again.output, "3 of 3 cells complete (0 trained now)");
}

TEST_F(Teams, ShowNoMoreLinesThanTheTerminalHas) {
  if (run("command -v script").status != 0) GTEST_SKIP() << "this system has no script, which makes terminals";
  manifest("[grid]\ntrain.seed = [1, 2, 3, 4, 5, 6]\n");
  const auto shown = run("script -qec 'stty rows 6 cols 80; " + command() + " train.epochs=6 --cells-per-gpu 6' /dev/null");
  EXPECT_CONTAINS(shown.output, "6 of 6 cells complete");
  EXPECT_CONTAINS(shown.output, "more teams");
  const std::string up = "\033[A\033[2K";
  std::string six;  // what has left the screen cannot be erased: at most five lines and the cursor's
  for (int i = 0; i < 6; ++i) six += up;
  EXPECT_CONTAINS(shown.output, up);
  EXPECT_LACKS(shown.output, six);
}

TEST_F(Teams, LeaveACellToTheRunThatHasItAndTakeTheOthers) {
  manifest("[grid]\ntrain.seed = [1, 2]\n");
  const std::string id =
      run(irmae + " plan " + (folder / "m.toml").string() + " | grep -o '^.*  ae-seed1 ' | head -c 8").output;
  const fs::path cell = folder / ("out/m/ae-seed1-" + id);
  fs::create_directories(cell);
  const int lock = open((cell / "lock").c_str(), O_RDWR | O_CREAT, 0666);
  ASSERT_EQ(flock(lock, LOCK_EX | LOCK_NB), 0);
  const auto beside = train(2, "out", "");
  EXPECT_EQ(beside.status, 75) << beside.output;
  EXPECT_CONTAINS(beside.output, "ae-seed1  ");
  EXPECT_CONTAINS(beside.output, " is in use by ");
  EXPECT_CONTAINS(beside.output, "1 of 2 cells complete (1 trained now)");
  EXPECT_LACKS(beside.output, "failed");

  close(lock);
  const auto again = train(2, "out", "");
  EXPECT_EQ(again.status, 0) << again.output;
}

TEST_F(Teams, NameTheProgramsRankThatFailed) {
  manifest("[grid]\ntrain.seed = [1, 2]\n");
  const auto result = run("IRMAE_FAULT=write-metrics:throw:2:1 " + tests::mpirun(4) + command() + " --ranks-per-cell 2");
  EXPECT_CONTAINS(result.output, "rank 2, writing of the metrics");
}

TEST_F(Teams, EndWhereARankThatTrainsAloneIsNotHeardOfAnyMore) {
  manifest("timeout_seconds = 3\n[grid]\ntrain.seed = [1, 2]\n");
  const auto result = run("IRMAE_FAULT=step:hang:1:2 timeout 60 " + tests::mpirun(2) + command() + " --ranks-per-cell 1");
  EXPECT_EQ(result.status, 75) << result.output;
  EXPECT_CONTAINS(result.output, "irmae: rank 1: nothing was heard of it for 3 s, at last in ");
  const auto again = train(2, "out", "--ranks-per-cell 1");
  EXPECT_EQ(again.status, 0) << again.output;
}

TEST_F(Teams, EndWhereARankDoesNotComeToTheirFirstMeeting) {
  manifest("timeout_seconds = 3\n[grid]\ntrain.seed = [1, 2]\n");
  const auto result = run("IRMAE_FAULT='opening of the request server:hang:1:1' timeout 60 " + tests::mpirun(2) + command() +
                          " --ranks-per-cell 1");
  EXPECT_EQ(result.status, 75) << result.output;
  EXPECT_CONTAINS(result.output, "opening of the request server did not end within 3 s");
}

TEST_F(Teams, EndTogetherWhereRankZeroCannotPrepareTheGrid) {
  manifest("[grid]\ntrain.seed = [1, 2]\n");
  for (const std::string more : {"", " --ranks-per-cell 1"}) {
    const auto result =
        run("IRMAE_FAULT='preparation of the grid:throw:0:1' timeout 60 " + tests::mpirun(2) + command() + more);
    EXPECT_EQ(result.status, 1) << result.output;
    EXPECT_CONTAINS(result.output, "irmae: rank 0, preparation of the grid: fault asked for");
    EXPECT_LACKS(result.output, "MPI_ABORT");
  }
}

TEST_F(Teams, StayUntilRankZeroHasLookedAtTheCompleteCells) {
  manifest("[grid]\ntrain.seed = [1, 2]\n");
  for (const std::string more : {"", " --ranks-per-cell 1"}) {
    const auto result = run("IRMAE_FAULT='look at complete cells:throw:0:1' timeout 60 " + tests::mpirun(2) + command() + more);
    EXPECT_EQ(result.status, 1) << result.output;
    EXPECT_CONTAINS(result.output, "irmae: rank 0, look at complete cells: fault asked for");
    EXPECT_LACKS(result.output, "MPI_ABORT");
  }
}

TEST_F(Teams, LeaveARankThatFailsAloneBehindInItsCellsFiles) {
  manifest("[grid]\ntrain.seed = [1, 2]\n");
  const auto first = run("IRMAE_FAULT=step:throw:1:3 " + tests::mpirun(2) + command());
  EXPECT_EQ(first.status, 1) << first.output;
  EXPECT_CONTAINS(first.output, "irmae: rank 1, step 3: cell ");
  const auto status = run(irmae + " status " + (folder / "out").string());
  EXPECT_TRUE(std::regex_search(status.output, std::regex("failed.*rank 1, step 3: fault asked for"))) << status.output;

  // The other cell comes first now, and that one is tried again behind it.
  const auto second = run("IRMAE_FAULT=step:throw:1:7 " + tests::mpirun(2) + command());
  EXPECT_EQ(second.status, 1) << second.output;
  const auto plan = run(irmae + " plan " + (folder / "m.toml").string() + " -o " + (folder / "out").string());
  EXPECT_TRUE(std::regex_search(plan.output, std::regex("ae-seed2 +complete"))) << plan.output;
  EXPECT_FALSE(std::regex_search(plan.output, std::regex("ae-seed1 +complete"))) << plan.output;
  const auto last = train(2, "out", "");
  EXPECT_EQ(last.status, 0) << last.output;
}

TEST_F(Teams, LeaveARankThatFailsBeforeItsCellsTrainingBehindInTheCellsFiles) {
  manifest("[grid]\ntrain.seed = [1, 2]\n");
  for (const std::string rank : {"0", "1"}) {
    const std::string output = "rank" + rank;
    const auto failed = run("IRMAE_FAULT='choice of a device:throw:" + rank + ":2' " + tests::mpirun(2) + command(output));
    EXPECT_EQ(failed.status, 1) << failed.output;
    EXPECT_CONTAINS(failed.output, "irmae: rank " + rank + ", choice of a device: cell ae-seed2: fault asked for");
    const auto status = run(irmae + " status " + (folder / output).string());
    EXPECT_TRUE(std::regex_search(status.output, std::regex("failed.*fault asked for"))) << status.output;
  }
}

TEST_F(Teams, GoOnWithTheOthersWhereTheirRanksHaveNoDeviceForACell) {
  manifest("[[cell]]\nname = 'gpu'\ntrain.device = 'cuda'\n[[cell]]\nname = 'other'\ntrain.seed = 2\n");
  const auto result = run("CUDA_VISIBLE_DEVICES= " + tests::mpirun(2) + command());

  EXPECT_EQ(result.status, 2) << result.output;
  EXPECT_CONTAINS(result.output, "irmae: cell gpu: train.device = \"cuda\", but there is no GPU to use");
  EXPECT_EQ(result.output.find("there is no GPU to use"), result.output.rfind("there is no GPU to use")) << "told once";
  EXPECT_CONTAINS(result.output, "1 of 2 cells complete");
  EXPECT_CONTAINS(run(irmae + " status --state failed " + (folder / "out").string()).output, "there is no GPU to use");
}

TEST_F(Teams, GoOnWithTheOthersWhereOneRankHasNoDeviceForACell) {
  manifest("[grid]\ntrain.seed = [1, 2]\n");
  const auto result = run("IRMAE_FAULT='own device:throw:1:1' " + tests::mpirun(2) + command());

  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_CONTAINS(result.output, "irmae: cell ae-seed1: rank 1, choice of a device: fault asked for");
  EXPECT_CONTAINS(result.output, "1 of 2 cells complete");
}

TEST_F(Teams, AreStartedAgainWhereADeviceIsLostBetweenTwoCells) {
  manifest("[grid]\ntrain.seed = [1, 2]\n");
  const auto lost = run("IRMAE_FAULT='own device:lost-device:1:2' " + tests::mpirun(2) + command());

  EXPECT_EQ(lost.status, 75) << lost.output;
  EXPECT_CONTAINS(lost.output, "irmae: rank 1, choice of a device: CUDA error: the device is lost");
  EXPECT_CONTAINS(lost.output, "start the same command again");
  EXPECT_EQ(run(irmae + " status --state failed --format csv " + (folder / "out").string() + " | grep -c ae-seed2").output,
            "0\n")
      << "no cell is to blame";
  const auto again = train(2, "out", "");
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_CONTAINS(again.output, "2 of 2 cells complete (1 trained now)");
}

TEST_F(Teams, AllEndWhereTheirFirstRankCannotAskForACell) {
  manifest("");
  const auto result = run("IRMAE_FAULT=question:throw:0:1 " + tests::mpirun(2) + command());

  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_CONTAINS(result.output, "irmae: rank 0, ");
  EXPECT_CONTAINS(result.output, "fault asked for");
}

TEST_F(Teams, AllEndWhereTheirFirstRankCannotSayHowACellEnded) {
  manifest("[[cell]]\nname = 'for-a-gpu'\ntrain.precision = 'tf32'\ntrain.device = 'cpu'\n[[cell]]\nname = 'good'\n");
  const auto result = run("IRMAE_FAULT=question:throw:0:2 " + tests::mpirun(2) + command());

  EXPECT_EQ(result.status, 1) << result.output;
  EXPECT_CONTAINS(result.output, "irmae: rank 0, end of the cell: cell for-a-gpu: fault asked for");
}

TEST_F(Teams, AreStartedAgainAfterASignalThoughACellFailed) {
  manifest(
      "[grid]\ntrain.seed = [1, 2]\n[[cell]]\nname = 'bad'\ntrain.learning_rate = 1e30\ntrain.epochs = 100001\n[[cell]]\nname = 'long'\n"
      "train.epochs = 100000\n");
  const auto stopped = run("IRMAE_FAULT=step:usr1:1:30 " + tests::mpirun(2) + command() + " --ranks-per-cell 1");

  EXPECT_CONTAINS(stopped.output, "failed: bad");
  EXPECT_EQ(stopped.status, 75) << "a batch job is to go on with the cells that were stopped\n" << stopped.output;
}

/// Cells of every kind that computes something of its own, in one process.
constexpr const char* kManyMethods =
    "[model]\nrank_max = 7\n[grid]\nmodel.method = ['ae', 'irmae', 'vae', 'rrae', 'cae', 'least-volume']\n";

TEST_F(Teams, LanesOfOneProcessTrainEachCellAsIfItWereAlone) {
  manifest(kManyMethods);
  const auto lanes = train_in_lanes("lanes", "--cells-per-gpu 3");
  ASSERT_EQ(lanes.status, 0) << lanes.output;
  ASSERT_EQ(train(1, "alone", "").status, 0);

  EXPECT_CONTAINS(lanes.output, "6 of 6 cells complete (6 trained now)");
  EXPECT_CONTAINS(lanes.output, "the ranks were without a cell for");
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
  EXPECT_CONTAINS(result.output, "2 of 3 cells complete");
  EXPECT_CONTAINS(result.output, "irmae: cell bad: the loss became");
  EXPECT_CONTAINS(result.output, "irmae: failed: bad (why stands above)\n");
}

TEST_F(Teams, AllLanesStopOnASignalAndGoOnLater) {
  manifest("[grid]\ntrain.seed = [1, 2, 3]\n");
  ASSERT_EQ(train_in_lanes("whole", "").status, 0);
  const auto stopped = run("IRMAE_FAULT=step:usr1:0:2 " + command() + " --cells-per-gpu 2");
  EXPECT_EQ(stopped.status, 75) << stopped.output;
  EXPECT_CONTAINS(stopped.output, "stopped early");
  const auto again = train_in_lanes("out", "--cells-per-gpu 3");
  ASSERT_EQ(again.status, 0) << again.output;

  EXPECT_EQ(losses("out"), losses("whole"));
}

TEST_F(Teams, ManyCellsTakeNoMoreMemoryAndFilesThanFew) {
  std::string seeds = "1";
  for (int seed = 2; seed <= 60; ++seed) seeds += ", " + std::to_string(seed);
  const auto peak_of = [&](const std::string& cells, const std::string& place) {
    std::ofstream(folder / "m.toml") << "[data]\ntrain_size = 8\nvalidation_size = 8\n[model]\nnetwork = 'conv'\nwidth = 1\n"
                                        "latent = 2\n[train]\nepochs = 1\nthreads = 1\n[grid]\ntrain.seed = ["
                                     << cells << "]\n";
    const auto result = run("ulimit -n 40; " + command(place) + " -q");
    EXPECT_EQ(result.status, 0) << result.output;
    rusage used{};
    getrusage(RUSAGE_CHILDREN, &used);
    return used.ru_maxrss;
  };
  const long few = peak_of("1, 2, 3, 4, 5, 6, 7, 8, 9, 10", "few");

  EXPECT_LT(peak_of(seeds, "many"), few + 20'000) << "kilobytes";
}

TEST_F(Teams, LanesThatCannotBeAreRefused) {
  manifest("[grid]\ntrain.precision = ['float32', 'float64']\n");
  const auto mixed = train_in_lanes("out", "--cells-per-gpu 2");
  EXPECT_EQ(mixed.status, 2);
  EXPECT_CONTAINS(mixed.output, "the cells differ in train.precision");
  manifest("");
  const auto wide = train(2, "out", "--cells-per-gpu 2");
  EXPECT_EQ(wide.status, 2);
  EXPECT_CONTAINS(wide.output, "add --ranks-per-cell 1");
  EXPECT_EQ(wide.output.find("add --ranks-per-cell 1"), wide.output.rfind("add --ranks-per-cell 1"))
      << "said once: " << wide.output;
}

TEST_F(Teams, APlanIsKeptBesideTheRunsAndCanBeGoneOnWith) {
  manifest("[grid]\ntrain.seed = [1, 2]\n");
  ASSERT_EQ(train(1, "out", "--only '*seed1'").status, 0);
  ASSERT_EQ(train(1, "out", "--only '*seed2' train.epochs=3").status, 0);
  const auto again = run(irmae + " run " + (folder / "out").string());

  EXPECT_EQ(again.status, 0);
  EXPECT_CONTAINS(again.output, "2 of 2 cells complete (0 trained now)");
  const auto elsewhere = run(irmae + " run " + (folder / "out").string() + " -o " + (folder / "other").string());
  EXPECT_EQ(elsewhere.status, 2);
  EXPECT_CONTAINS(elsewhere.output, "drop -o");
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
  EXPECT_CONTAINS(again.output, "1 cell to be tried again");
  EXPECT_LACKS(again.output, "later");
  EXPECT_EQ(run(irmae + " run " + (folder / "m.toml").string() + " --retry failed").status, 2);
}

TEST_F(Teams, ASizeThatIsNoneIsOneShortLine) {
  manifest("");
  const auto wrong = run(irmae + " run " + (folder / "m.toml").string() + " --ranks-per-cell 0");

  EXPECT_EQ(wrong.status, 2);
  EXPECT_EQ(wrong.output, "irmae: --ranks-per-cell: must be a number above 0, not '0'; irmae run --help explains\n");
}

TEST_F(Teams, TheReportNamesCellsThatNeverStarted) {
  train_two_and_lose_one();
  const auto made = run(irmae + " report " + (folder / "out").string() + " -o " + (folder / "r.html").string());
  EXPECT_EQ(made.status, 0) << made.output;
  std::stringstream page;
  page << std::ifstream(folder / "r.html").rdbuf();

  EXPECT_CONTAINS(page.str(), "1 cell of what was planned: m/ae-seed2: waiting");
  std::ofstream(folder / "out/m/m.toml") << "[[cell]]\nname = '../x'\nid = '" << std::string(64, '1') << "'\n";
  const auto damaged = run(irmae + " report " + (folder / "out").string() + " -o " + (folder / "r.html").string());
  EXPECT_EQ(damaged.status, 1);
  EXPECT_CONTAINS(damaged.output, "has no proper name and id");
}

TEST_F(Teams, TheReportSendsOnToTheFolderForWhatItsPlanHas) {
  manifest("[[cell]]\nname = 'a'\n[[cell]]\nname = 'b'\nmodel.method = 'irmae'\nmodel.linear_layers = 2\n");
  ASSERT_EQ(train(1, "out", "").status, 0);
  run("rm -r " + (folder / "out/m").string() + "/b-*");
  const auto made = run(irmae + " report " + (folder / "out").string() + " -o " + (folder / "r.html").string());
  EXPECT_EQ(made.status, 0) << made.output;
  std::stringstream page;
  page << std::ifstream(folder / "r.html").rdbuf();

  EXPECT_CONTAINS(page.str(), "<b>Planned:</b> no run of IRMAE l=2 on shapes yet. <code>irmae run DIR</code> goes on");
  EXPECT_CONTAINS(page.str(), "<b>Missing:</b> no run of L1 on shapes, L2 on shapes, IRMAE l=4 on shapes.");
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
  EXPECT_CONTAINS(again.output, "was put aside as " + plan + ".old");
  EXPECT_EQ(kept, "no plan");
  EXPECT_EQ(run(irmae + " plan " + plan).status, 0);
}

TEST_F(Teams, UnfinishedCellsThatLeaveThePlanForNewerOnesAreNamed) {
  manifest("[grid]\n'train.seed' = [1, 2]\n");
  const std::string longer = "IRMAE_FAULT=step:usr1:0:2 " + command() + " train.epochs=300";
  ASSERT_EQ(run(longer).status, 75);
  const auto shorter = train(1, "out", "train.epochs=1"), all = run(irmae + " run " + (folder / "out").string());
  const auto back = run(longer);

  EXPECT_CONTAINS(shorter.output,
                  "irmae: 2 unfinished cells left the plan, where their names have other parameters now: ae-seed1-");
  EXPECT_CONTAINS(shorter.output, ", ae-seed2-");
  EXPECT_CONTAINS(all.output, "2 of 2 cells complete");
  EXPECT_LACKS(back.output, "left the plan") << "those are complete";
  EXPECT_EQ(back.status, 75) << "they are in the plan again: " << back.output;
}

TEST_F(Teams, OfAFolderGoOnWhereOnePlaceInItCannotBeLookedAt) {
  manifest("");
  ASSERT_EQ(train(1, "out", "").status, 0);
  fs::create_directories(folder / "out/closed");
  fs::create_symlink("closed.toml", folder / "out/closed/closed.toml");  // leads to itself: closed to root too
  const auto again = run(irmae + " run " + (folder / "out").string());

  EXPECT_EQ(again.status, 1) << "not all is known to be complete: " << again.output;
  EXPECT_CONTAINS(again.output, "1 of 1 cell complete");
  EXPECT_CONTAINS(again.output, "out/closed/closed.toml: Too many levels of symbolic links; if it is a plan");
}

TEST_F(Teams, CellsThatThePlanHasWaitForNobodyWhoWritesIt) {
  manifest("[grid]\ntrain.seed = [1, 2]\n");
  ASSERT_EQ(train(1, "out", "").status, 0);
  const int lock = open((folder / "out/m/.plan.lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(flock(lock, LOCK_EX | LOCK_NB), 0);
  const auto again = run("timeout 60 " + irmae + " run " + (folder / "out").string() + " --only '*seed2'");
  close(lock);

  EXPECT_EQ(again.status, 0) << again.output;
}

/// Whoever starts again from the manifest gets a plan that a folder's cells can be gone on with.
TEST_F(Teams, AFrozenPlanThatWasChangedIsMadeAnewFromItsManifest) {
  manifest("");
  ASSERT_EQ(train(1, "out", "").status, 0);
  ASSERT_EQ(run("sed -i 's/^train.epochs = .*/train.epochs = 9/' " + (folder / "out/m/m.toml").string()).status, 0);

  EXPECT_EQ(train(1, "out", "").status, 0);
  EXPECT_EQ(run(irmae + " run " + (folder / "out").string()).status, 0);
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
  EXPECT_CONTAINS(changed.output, "for which the plan was frozen: its parameters were changed");
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
  EXPECT_CONTAINS(two.output, "m.toml: train.epochs, train.seed cannot be changed for a folder's cells");
  EXPECT_CONTAINS(scale.output, "m.toml: scale cannot be changed for a folder's cells");
  EXPECT_EQ(run(irmae + " run " + out + " train.threads=1").status, 0) << "not part of what a cell is";
}

}  // namespace
}  // namespace irmae
