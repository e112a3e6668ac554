// SPDX-License-Identifier: MIT
// The state of a cell that is trained really, by a training that ends that way.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

#include "tests/launchers/status_folder.h"

namespace irmae::launchers {
namespace {

using tests::run;
using tests::Status;

TEST_F(Status, OfATrainedCellIsDone) {
  ASSERT_EQ(run(training()).status, 0);
  const CellStatus cell = status_of("a");

  EXPECT_EQ(name_of(cell.state), "done");
  EXPECT_EQ(cell.epoch, 3);
  EXPECT_EQ(cell.epochs, 3);
  EXPECT_GT(cell.samples_per_second.value_or(0), 0);
  EXPECT_EQ(cell.manifest, "grid");
  EXPECT_EQ(cell.node, this_host());
  EXPECT_GT(cell.seconds_whole, 0) << "what the others may take";

  const auto again = run(irmae + " evaluate --again " + out());
  ASSERT_EQ(again.status, 0) << again.output;
  EXPECT_EQ(status_of("a").seconds_whole, cell.seconds_whole) << "to measure a cell is not to train it";
}

TEST_F(Status, OfATrainingThatHangsIsRunningUntilItIsKilledThenDead) {
  const std::string command = training("train.checkpoint_seconds=0");
  const pid_t child = fork();
  if (child == 0) {
    // It stops itself in the middle of the second epoch, and stays there.
    setenv("IRMAE_FAULT", "step:hang:0:5", 1);
    setenv("SLURM_ARRAY_JOB_ID", "123", 1);
    setenv("SLURM_ARRAY_TASK_ID", "4", 1);
    execl("/bin/sh", "sh", "-c", ("exec " + command + " >/dev/null 2>&1").c_str(), nullptr);
    std::_Exit(127);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status));

  const CellStatus alive = status_of("a");
  EXPECT_EQ(name_of(alive.state), "running") << alive.error;
  EXPECT_EQ(alive.epochs, 3);
  EXPECT_EQ(alive.job, "123_4");

  kill(child, SIGKILL);
  // Not yet reaped: a zombie is as dead as one that has vanished.
  siginfo_t info;
  waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  EXPECT_EQ(state_of("a"), "dead");
  waitpid(child, &status, 0);
  const CellStatus gone = status_of("a");
  EXPECT_EQ(name_of(gone.state), "dead");
  EXPECT_EQ(gone.error, "process " + std::to_string(child) + " is gone");

  ASSERT_EQ(run(command).status, 0);
  EXPECT_EQ(state_of("a"), "done");
}

TEST_F(Status, OfATrainingThatASignalEndsIsStopped) {
  ASSERT_EQ(run("IRMAE_FAULT=step:usr1:0:5 " + training()).status, 75);
  const CellStatus cell = status_of("a");

  EXPECT_EQ(name_of(cell.state), "stopped");
  EXPECT_EQ(cell.epoch, 1);
  EXPECT_EQ(cell.epochs, 3);
}

TEST_F(Status, OfATrainingWithAnErrorIsFailedWithItsLine) {
  ASSERT_EQ(run(training("train.learning_rate=1e30")).status, 1);
  const CellStatus cell = status_of("a");

  EXPECT_EQ(name_of(cell.state), "failed");
  EXPECT_CONTAINS(cell.error, "cell a: the loss became");
  const auto text = run(irmae + " status " + out());
  EXPECT_EQ(text.status, 0);
  EXPECT_CONTAINS(text.output, "the loss became");
}

TEST_F(Status, OfATrainingThatHasNoDeviceIsFailedAndCanBeTriedAgain) {
  ASSERT_EQ(run("CUDA_VISIBLE_DEVICES= " + training("train.device=cuda")).status, 2);
  const CellStatus cell = status_of("a");

  EXPECT_EQ(name_of(cell.state), "failed");
  EXPECT_CONTAINS(cell.error, "there is no GPU to use");
  EXPECT_CONTAINS(run("cat " + cell.folder.string() + "/log.txt").output, "failed: train.device");
  const auto again = run("CUDA_VISIBLE_DEVICES= " + irmae + " run " + out() + " --retry failed");
  EXPECT_CONTAINS(again.output, "1 cell to be tried again");
}

TEST_F(Status, OfATrainingThatIsRefusedLeavesTheStateOfTheOneThatRuns) {
  const std::string command = training();
  const pid_t child = fork();
  if (child == 0) {
    setenv("IRMAE_FAULT", "step:hang:0:5", 1);
    execl("/bin/sh", "sh", "-c", ("exec " + command + " >/dev/null 2>&1").c_str(), nullptr);
    std::_Exit(127);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status));

  const auto second = run(command);
  EXPECT_CONTAINS(second.output, "in use by");
  EXPECT_EQ(state_of("a"), "running");
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
}

}  // namespace
}  // namespace irmae::launchers
