// SPDX-License-Identifier: MIT
// The states of cells that have Slurm jobs.
#include <gtest/gtest.h>

#include "tests/launchers/status_folder.h"

namespace irmae::launchers {
namespace {

namespace fs = std::filesystem;
using tests::run;
using tests::Status;

TEST_F(Status, OfACellWhoseJobWaitsInSlurmIsQueued) {
  write_plan("[[cell]]\nname = 'a'\nid = '" + id_of('1') + "'\n[[cell]]\nname = 'b'\nid = '" + id_of('2') +
             "'\n[[cell]]\nname = 'c'\nid = '" + id_of('3') + "'\n[[cell]]\nname = 'd'\nid = '" + id_of('4') + "'\n");
  storage::CellState stopped = running();
  stopped.phase = storage::CellPhase::stopped;
  stopped.job = "77_2";
  storage::write_state(cell("b", '2'), stopped);
  write_tasks("[[task]]\ncell = '" + id_of('1') + "'\njob = '77_1'\n[[task]]\ncell = '" + id_of('2') +
              "'\njob = '77_2'\n[[task]]\ncell = '" + id_of('3') + "'\njob = '77_3'\n[[task]]\ncell = '" + id_of('4') +
              "'\njob = '77_4'\n");
  fake_squeue(
      "echo '77_1|PENDING|'; echo '77_2|REQUEUED|'\n"
      "echo '77_3|COMPLETED|n1'; echo '77_4|RUNNING|n2'; echo 'nonsense'");

  EXPECT_EQ(state_of("a"), "queued");
  EXPECT_EQ(status_of("a").job, "77_1");
  EXPECT_EQ(state_of("b"), "queued") << "stopped, and in the queue again";
  EXPECT_EQ(state_of("c"), "failed") << "its job is over, and did not begin it";
  EXPECT_EQ(state_of("d"), "queued") << "its job is about to begin it";
  EXPECT_EQ(status_of("d").node, "n2");
}

TEST_F(Status, OfAQueuedCellSaysWhySlurmDoesNotStartItUnlessItIsOnlyItsTurn) {
  write_plan_of("12345");
  write_array(1, "101", "12345");
  fake_squeue(
      "case \"$*\" in *'%i|%T|%N|%r'*) ;; *) exit 1 ;; esac\n"
      "echo '101_0|PENDING||PartitionNodeLimit'; echo '101_1|PENDING||Priority'; echo '101_2|PENDING||JobHeldUser'\n"
      "echo '101_3|RUNNING|n1|None'; echo '101_4|PENDING|'");

  EXPECT_EQ(status_of("cell1").held_by, "PartitionNodeLimit");
  EXPECT_EQ(status_of("cell3").held_by, "JobHeldUser");
  for (const char* name : {"cell2", "cell4", "cell5"}) EXPECT_EQ(status_of(name).held_by, "") << name;
  for (const char* name : {"cell1", "cell2", "cell3", "cell4", "cell5"}) EXPECT_EQ(state_of(name), "queued") << name;
  EXPECT_EQ(status_of("cell4").node, "n1");
  const auto shown = run(irmae + " status " + out());
  EXPECT_CONTAINS(shown.output, "Slurm does not start it: PartitionNodeLimit");
  EXPECT_LACKS(shown.output, "Priority");
}

TEST_F(Status, OfACellWhoseJobEndedBeforeItBeganIsFailedOrDeadAndSaysWhereToLook) {
  write_plan_of("1234567");
  const fs::path array = write_array(1, "101", "1234567");
  for (const char* output : {"0.out", "1.out", "2.out"}) std::ofstream(array / output) << "x";
  fake_squeue(
      "echo '101_0|FAILED|n1'; echo '101_1|TIMEOUT|n2'; echo '101_2|OUT_OF_MEMORY|n1'; echo '101_3|CANCELLED|'\n"
      "echo '101_4|NODE_FAIL|n1'; echo '101_5|PENDING|'; echo '101_6|REQUEUED|'");
  const auto cells = read_grid(out()).cells;
  const std::string place = fs::canonical(array).string();

  ASSERT_EQ(cells.size(), 7U);
  std::vector<std::string> states, jobs;
  for (const CellStatus& found : cells) states.push_back(name_of(found.state)), jobs.push_back(found.job);
  EXPECT_EQ(states, (std::vector<std::string>{"failed", "failed", "failed", "dead", "dead", "queued", "queued"}));
  EXPECT_EQ(jobs[0], "101_0");
  EXPECT_EQ(cells[0].error, "Slurm job 101_0 ended as FAILED: see " + place + "/0.out");
  EXPECT_EQ(cells[2].error, "Slurm job 101_2 ended as OUT_OF_MEMORY: see " + place + "/2.out");
  EXPECT_EQ(cells[3].error, "Slurm job 101_3 ended as CANCELLED") << "it has printed nothing";
  EXPECT_EQ(cells[5].error, "");

  const auto shown = run("cd " + (folder / "out").string() + " && " + irmae + " status .");
  EXPECT_CONTAINS(shown.output, "Slurm job 101_0 ended as FAILED: see grid/slurm/1/0.out");
  EXPECT_CONTAINS(shown.output, "7 cells: 2 dead, 3 failed, 2 queued");
}

TEST_F(Status, OfACellThatNeverBeganIsThatOfItsNewestJob) {
  write_plan_of("123");
  write_array(2, "102", "123");
  write_array(9, "109", "1");
  const fs::path newest = write_array(10, "110", "2");
  std::ofstream(newest / "0.out") << "x";
  fake_squeue(
      "for task in 102_0 102_1 102_2; do echo \"$task|CANCELLED|\"; done\n"
      "echo '109_0|PENDING|'; echo '110_0|FAILED|n1'");

  EXPECT_EQ(state_of("cell1"), "queued") << "submitted again";
  EXPECT_EQ(status_of("cell2").error, "Slurm job 110_0 ended as FAILED: see " + fs::canonical(newest).string() + "/0.out");
  EXPECT_EQ(status_of("cell3").error, "Slurm job 102_2 ended as CANCELLED");
}

TEST_F(Status, OfACellThatNeverBeganAndWhoseJobSlurmHasForgottenIsDead) {
  write_plan_of("1");
  const fs::path array = write_array(1, "101", "1");
  fake_squeue("");
  EXPECT_EQ(state_of("cell1"), "waiting") << "the queue may have been asked before it was submitted";

  fs::last_write_time(array / "jobs.toml", fs::file_time_type::clock::now() - std::chrono::minutes(10));
  EXPECT_EQ(state_of("cell1"), "dead");
  EXPECT_EQ(status_of("cell1").error, "Slurm job 101_0 is gone");
  fake_squeue("exit 1");
  EXPECT_EQ(state_of("cell1"), "waiting") << "nothing is known";
}

TEST_F(Status, OfACellWhoseRunFileWasMovedAwayIsWaitingWhateverBecameOfItsJob) {
  write_plan("[[cell]]\nname = 'a'\nid = '" + id_of('1') + "'\n");
  storage::CellState state = running();
  state.phase = storage::CellPhase::complete;
  state.job = "101_0";
  storage::write_state(cell("a", '1'), state);
  write_array(1, "101", "1");
  fake_squeue("echo '101_0|COMPLETED|n1'");

  EXPECT_EQ(state_of("a"), "waiting");
}

TEST_F(Status, OfACellWhoseSlurmJobIsGoneIsDead) {
  storage::CellState state = running();
  state.job = "77_1";
  storage::write_state(cell("a", '1'), state);
  state.job = "77_2";
  storage::write_state(cell("b", '2'), state);
  state.job = "77_3";
  state.updated -= 15;
  storage::write_state(cell("c", '3'), state);
  state.job = "";
  storage::write_state(cell("d", '4'), state);
  fake_squeue("echo '77_1|CANCELLED|n1'; echo '77_2|RUNNING|n1'");

  EXPECT_EQ(state_of("a"), "dead");
  EXPECT_EQ(status_of("a").error, "Slurm job 77_1 ended as CANCELLED");
  EXPECT_EQ(state_of("b"), "running");
  EXPECT_EQ(state_of("c"), "dead");
  EXPECT_EQ(status_of("c").error, "Slurm job 77_3 is gone");
  EXPECT_EQ(state_of("d"), "running") << "of no job";
}

TEST_F(Status, WorksWithASqueueThatFailsOrHangs) {
  storage::CellState state = running();
  state.job = "77_1";
  storage::write_state(cell("a", '1'), state);
  for (const auto& [script, reason] : {std::pair{"echo 'slurm_load_jobs error' >&2; exit 1", "failed (slurm_load_jobs error)"},
                                       {"exit 3", "failed (exit status 3)"},
                                       {"sleep 1000", "did not answer within 5 s"}}) {
    fake_squeue(script);
    const auto text = run("timeout 60 " + irmae + " status " + out());
    EXPECT_EQ(text.status, 0) << text.output;
    EXPECT_CONTAINS(text.output, "1 cell: 1 running");
    EXPECT_CONTAINS(text.output, "irmae: squeue " + std::string(reason)) << "says so";
  }
}

TEST_F(Status, KnowsOfASqueueThatFailsWhereItsOwnParentIgnoresTheEndOfChildren) {
  if (run("env --ignore-signal=CHLD true").status != 0) GTEST_SKIP() << "this system's env starts nothing with signals ignored";
  storage::CellState state = running();
  state.job = "77_1";
  storage::write_state(cell("a", '1'), state);
  fake_squeue("exit 3");
  const auto text = run("env --ignore-signal=CHLD " + irmae + " status " + out());

  EXPECT_CONTAINS(text.output, "irmae: squeue failed (exit status 3)");
  EXPECT_CONTAINS(text.output, "1 cell: 1 running");
}

TEST_F(Status, DoesNotAskSqueueForNothing) {
  fake_squeue("touch " + (folder / "asked").string());
  storage::write_state(cell("a", '1'), running());
  EXPECT_EQ(state_of("a"), "running");

  EXPECT_FALSE(fs::exists(folder / "asked"));
}

}  // namespace
}  // namespace irmae::launchers
