// SPDX-License-Identifier: MIT
// Two runs of one cell into one folder, on one host, on two, and where the file system's locks do not reach.
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <thread>

#include "tests/contains.h"
#include "tests/faults/cell.h"
#include "tests/faults/live_run.h"
#include "tests/mpi_environment.h"

namespace irmae::tests {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string text_of(const fs::path& path) { return run("cat " + path.string()).output; }

TEST(Locks, OfTwoRunsOfOneCellOneTrainsAndTheOtherLeavesWithTheOwnersName) {
  const SmallCell& cell = small_cell();
  const fs::path output = cell.place("two");
  LiveRun first(mpirun(2) + cell.train(output), "step:hang:0:5", cell.place("first"));
  const auto owner = first.wait_stopped(0, kLimit);
  ASSERT_TRUE(owner) << first.output();

  const Result second = run(mpirun(2) + cell.train(output));
  EXPECT_EQ(second.status, 75);
  EXPECT_CONTAINS(second.output, "is in use by process " + std::to_string(*owner) + " on ");
  EXPECT_CONTAINS(second.output, "wait for it to end");

  kill(*owner, SIGCONT);
  EXPECT_EQ(first.wait(kLimit), 0) << first.output();
  EXPECT_EQ(SmallCell::tables(output), cell.undisturbed());
}

TEST(Locks, OfTwoHostsOnASharedFileSystemTheSecondIsToldTheFirstOnesName) {
  if (run("unshare -u true").status != 0) GTEST_SKIP() << "no right to give a process a host name of its own: run as root";
  const SmallCell& cell = small_cell();
  const fs::path output = cell.place("hosts");
  const auto on_host = [](const std::string& name, const std::string& command) {
    return "unshare -u bash -c 'hostname " + name + " && exec " + command + "'";
  };
  LiveRun first(on_host("north", mpirun(2) + cell.train(output)), "step:hang:0:5", cell.place("first"));
  const auto owner = first.wait_stopped(0, kLimit);
  ASSERT_TRUE(owner) << first.output();

  const Result second = run(on_host("south", mpirun(2) + cell.train(output)));
  EXPECT_EQ(second.status, 75);
  EXPECT_CONTAINS(second.output, "is in use by process " + std::to_string(*owner) + " on north");
  kill(*owner, SIGCONT);
  EXPECT_EQ(first.wait(kLimit), 0) << first.output();
}

TEST(Locks, OfADeadProcessIsRecognisedAndTakenOver) {
  const SmallCell& cell = small_cell();
  const fs::path output = cell.place("dead");
  {
    LiveRun first(cell.train(output), "step:kill:0:5", cell.place("first"));
    ASSERT_EQ(first.wait(kLimit), 137) << first.output();
  }
  const Result second = run(cell.train(output));
  EXPECT_EQ(second.status, 0) << second.output;
  EXPECT_CONTAINS(second.output, "was training here and ended without releasing its lock, goes on from epoch 1, step 1");
}

/// A host whose lock the file system forgot: its run goes on while another host has taken the folder.
TEST(Locks, ARunWhoseFolderWasTakenOverEndsBeforeItWritesAnything) {
  const SmallCell& cell = small_cell();
  for (const char* place : {"step", "write-checkpoint", "rename-checkpoint", "write-metrics", "rename-run"}) {
    const fs::path output = cell.place(std::string("taken-at-") + place);
    LiveRun first(mpirun(2) + cell.train(output), std::string(place) + ":hang:0:1", cell.place("first"));
    const auto paused = first.wait_stopped(0, kLimit);
    ASSERT_TRUE(paused) << first.output();
    const fs::path folder = SmallCell::folder(output);
    std::ofstream(folder / "lock") << "process 17 on elsewhere since today\ntoken 1234\n";
    const std::string list = "cd " + folder.string() + " && stat -c '%n %i %Y' *.h5; cat log.txt";
    const std::string before = run(list).output;
    kill(*paused, SIGCONT);

    EXPECT_EQ(first.wait(kLimit), 1) << first.output();
    EXPECT_CONTAINS(first.output(),
                    "was taken over by process 17 on elsewhere since today: this run ends here and writes "
                    "nothing more")
        << place;
    EXPECT_EQ(run(list).output, before) << place;
    EXPECT_EQ(text_of(folder / "lock"), "process 17 on elsewhere since today\ntoken 1234\n") << place;
  }
}

TEST(Locks, ARunThatIsSuspendedForLongerThanTheTimeLimitGoesOn) {
  const SmallCell& cell = small_cell();
  const fs::path output = cell.place("suspended");
  LiveRun run(mpirun(2) + cell.train(output, "train.timeout_seconds=4"), "step:hang:1:5", cell.place("first"));
  const auto paused = run.wait_stopped(1, kLimit);
  ASSERT_TRUE(paused) << run.output();
  const auto other = run.rank(0);
  ASSERT_TRUE(other);
  kill(*other, SIGSTOP);
  std::this_thread::sleep_for(5s);  // the time that a scheduler holds the job is what is tested
  kill(*paused, SIGCONT);
  kill(*other, SIGCONT);

  EXPECT_EQ(run.wait(kLimit), 0) << run.output();
  EXPECT_EQ(SmallCell::tables(output), cell.undisturbed());
}

}  // namespace
}  // namespace irmae::tests
