// SPDX-License-Identifier: MIT
// A run over two hosts whose link is cut. The ranks on both sides, also on the one that no longer reaches mpirun, end by
// themselves; the same command goes on when the link is back.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <regex>

#include "tests/contains.h"
#include "tests/faults/cell.h"
#include "tests/faults/live_run.h"
#include "tests/faults/small_disk.h"

namespace irmae::tests {
namespace {

namespace fs = std::filesystem;

const std::string kScript = IRMAE_SOURCE_DIR "/tests/cluster/hosts.sh ";
/// mpirun and its daemons notice a dead link after 11 s instead of after minutes (docs/faults.md).
const std::string kKeepAlive =
    "HOSTS_MPI='--mca oob_tcp_keepalive_time 5 --mca oob_tcp_keepalive_intvl 2 --mca oob_tcp_keepalive_probes 3' ";

struct Cut {
  const char* name;
  const char* place;
  int rank, count;    ///< of the rank that is at the place when the link is cut
  const char* words;  ///< of rank 0's message
};

class LinkCut : public ::testing::TestWithParam<Cut> {
 protected:
  void SetUp() override {
    if (!SmallDisk::obstacle().empty()) GTEST_SKIP() << SmallDisk::obstacle();
    // Names of network namespaces are files here: a folder of our own shows them to nobody else. Where it cannot be mounted
    // this throws, before any name is written into the machine's.
    names_ = std::make_unique<SmallDisk>("/run/netns");
    if (const std::string reason = run(kScript + "obstacle").output; !reason.empty()) GTEST_SKIP() << reason;
    ASSERT_EQ(run(kScript + "up " + kName + " 2").status, 0);
    up_ = true;
  }

  void TearDown() override {
    if (up_) run(kScript + "down " + kName);
  }

  std::string over_both(const std::string& command) const { return kScript + "mpirun " + kName + " " + command; }
  void link(const std::string& what) const { ASSERT_EQ(run(kScript + what + " " + kName + " 2").status, 0); }

  static bool ranks_gone(const LiveRun& live) {
    for (int i = 0; i < 1200 && (live.rank(0) || live.rank(1)); ++i) usleep(100'000);
    return !live.rank(0) && !live.rank(1);
  }

  const std::string kName = "irmae";
  std::unique_ptr<SmallDisk> names_;
  bool up_ = false;
};

TEST_P(LinkCut, EndsOnBothSidesAndGoesOn) {
  const Cut& cut = GetParam();
  const SmallCell& cell = small_cell();
  const fs::path output = cell.place(std::string("hosts-") + cut.name);
  {
    LiveRun live("env " + kKeepAlive + over_both(cell.train(output, "train.timeout_seconds=8")),
                 std::string(cut.place) + ":hang:" + std::to_string(cut.rank) + ":" + std::to_string(cut.count),
                 cell.place("output"));
    const auto paused = live.wait_stopped(cut.rank, kLimit);
    ASSERT_TRUE(paused) << live.output();
    link("cut");
    kill(*paused, SIGCONT);

    EXPECT_TRUE(ranks_gone(live)) << live.left();
    const auto status = live.wait(kLimit);
    EXPECT_TRUE(status) << "mpirun does not end";
    EXPECT_NE(status, 0);
    EXPECT_TRUE(live.gone(kLimit)) << live.left();
    EXPECT_TRUE(std::regex_search(live.output(), std::regex(cut.words))) << live.output();
    std::printf("%s: %s\n", cut.name,
                std::regex_replace(live.output(), std::regex("[^]*(irmae: rank[^\n]*)[^]*"), "$1").c_str());
  }
  EXPECT_EQ(damaged_files(SmallCell::folder(output)), "");
  link("heal");

  const Result again = run("timeout -k 5 100 " + over_both(cell.train(output)));
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
TEST_F(LinkCut, WithTheDefaultSettingsOfMpiTheRanksEndNevertheless) {
  const SmallCell& cell = small_cell();
  LiveRun live(over_both(cell.train(cell.place("hosts-default"), "train.timeout_seconds=8")), "step:hang:1:5",
               cell.place("output"));
  const auto paused = live.wait_stopped(1, kLimit);
  ASSERT_TRUE(paused) << live.output();
  link("cut");
  kill(*paused, SIGCONT);

  EXPECT_TRUE(ranks_gone(live)) << live.left();
  EXPECT_CONTAINS(live.output(), "all-reduce of bucket 0 in step 5 did not end within 8 s");
}

}  // namespace
}  // namespace irmae::tests
