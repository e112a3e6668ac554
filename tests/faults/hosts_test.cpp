// SPDX-License-Identifier: MIT
// A run over two hosts whose link is cut. The ranks on both sides, also on the one that no longer reaches mpirun, end by
// themselves; the same command goes on when the link is back.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <optional>
#include <regex>

#include "tests/contains.h"
#include "tests/faults/cell.h"
#include "tests/faults/live_run.h"
#include "tests/faults/matrix.h"
#include "tests/faults/two_hosts.h"

namespace irmae::tests {
namespace {

namespace fs = std::filesystem;

struct Cut {
  const char* name;
  const char* place;
  int rank, count;    ///< of the rank that is at the place when the link is cut
  const char* words;  ///< of rank 0's message
};

class OverTwoHosts : public ::testing::Test {
 protected:
  void SetUp() override {
    if (obstacle_ = TwoHosts::obstacle(); !obstacle_.empty()) GTEST_SKIP() << obstacle_;
    hosts_.emplace();
  }

  static bool ranks_gone(const LiveRun& live) {
    for (int i = 0; i < 1200 && (live.rank(0) || live.rank(1)); ++i) usleep(100'000);
    return !live.rank(0) && !live.rank(1);
  }

  std::string obstacle_;
  std::optional<TwoHosts> hosts_;
};

class LinkCut : public OverTwoHosts, public ::testing::WithParamInterface<Cut> {
 protected:
  void TearDown() override {
    matrix(true).at("LinkCut", GetParam().name) = IsSkipped()    ? "n/a: " + obstacle_
                                                  : HasFailure() ? "WRONG: an error of the test"
                                                                 : "ok";
  }
};

TEST_P(LinkCut, EndsOnBothSidesAndGoesOn) {
  const Cut& cut = GetParam();
  const SmallCell& cell = small_cell();
  const fs::path output = cell.place(std::string("hosts-") + cut.name);
  {
    LiveRun live(hosts_->mpirun_with_keepalive() + cell.train(output, "train.timeout_seconds=8"),
                 std::string(cut.place) + ":hang:" + std::to_string(cut.rank) + ":" + std::to_string(cut.count),
                 cell.place("output"));
    const auto paused = live.wait_stopped(cut.rank, kLimit);
    ASSERT_TRUE(paused) << live.output();
    hosts_->cut_link();
    kill(*paused, SIGCONT);

    EXPECT_TRUE(ranks_gone(live)) << live.left();
    const auto status = live.wait(kLimit);
    EXPECT_TRUE(status) << "mpirun does not end";
    EXPECT_NE(status, 0);
    EXPECT_TRUE(live.gone(kLimit)) << live.left();
    EXPECT_TRUE(std::regex_search(live.output(), std::regex(cut.words))) << live.output();
  }
  EXPECT_EQ(damaged_files(SmallCell::folder(output)), "");
  hosts_->heal_link();

  const Result again = run("timeout -k 5 100 " + hosts_->mpirun() + cell.train(output));
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_EQ(SmallCell::tables(output), cell.undisturbed());
  EXPECT_EQ(leftovers(SmallCell::folder(output)), "");
}

const Cut kCuts[] = {
    {"SetUp", "set-up", 1, 1, "irmae: rank 0, set-up: .* did not end within 8 s"},
    {"FirstStep", "step", 1, 1, "irmae: rank 0, step 1: all-reduce of bucket 0 in step 1 did not end within 8 s"},
    {"MidEpoch", "step", 1, 5, "irmae: rank 0, step 5: all-reduce of bucket 0 in step 5 did not end within 8 s"},
    {"AllReduce", "all-reduce of bucket 0 in step 5", 1, 1, "irmae: rank 0, step 5: all-reduce of bucket 0 in step 5 did not"},
    {"CheckpointWrite", "write-checkpoint", 0, 5, "irmae: rank 0, [^:]+: .* did not end within 8 s"},
    {"MetricsFlush", "write-metrics", 0, 2, "irmae: rank 0, [^:]+: .* did not end within 8 s"},
    {"FinalRename", "rename-run", 0, 1, "irmae: rank 0, [^:]+: .* did not end within"},
    {"Evaluation", "evaluation", 1, 1, "irmae: rank 0, evaluation: .* did not end within 8 s"},
};

INSTANTIATE_TEST_SUITE_P(Hosts, LinkCut, ::testing::ValuesIn(kCuts),
                         [](const auto& one) { return std::string(one.param.name); });

/// With OpenMPI's own settings mpirun and its daemon notice nothing for minutes: they wait for each other. The ranks do not.
TEST_F(OverTwoHosts, WithTheDefaultSettingsOfMpiTheRanksEndWhenTheLinkIsCut) {
  const SmallCell& cell = small_cell();
  LiveRun live(hosts_->mpirun() + cell.train(cell.place("hosts-default"), "train.timeout_seconds=8"), "step:hang:1:5",
               cell.place("output"));
  const auto paused = live.wait_stopped(1, kLimit);
  ASSERT_TRUE(paused) << live.output();
  hosts_->cut_link();
  kill(*paused, SIGCONT);

  EXPECT_TRUE(ranks_gone(live)) << live.left();
  EXPECT_CONTAINS(live.output(), "all-reduce of bucket 0 in step 5 did not end within 8 s");
}

}  // namespace
}  // namespace irmae::tests
