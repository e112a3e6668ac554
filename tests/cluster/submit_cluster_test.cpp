// SPDX-License-Identifier: MIT
// irmae submit on a real Slurm: what ends, what goes on, what is requeued and what is not.
#include "tests/cluster/cluster.h"
#include "tests/contains.h"

namespace irmae {
namespace {

using tests::Cluster;
using tests::run;

constexpr const char* kFourCells = "[grid]\n'train.seed' = [1, 2]\nmodel.linear_layers = [2, 4]\n";
constexpr const char* kTwoRanks = " --time 10 --ntasks 2 ";

TEST_F(Cluster, TrainsEveryCellOnceHoweverOftenItIsSubmitted) {
  manifest(kFourCells);
  const std::string submit = R"(submit m.toml -o "o u't\$x%a" )" + std::string(kTwoRanks);  // a folder of unkind characters

  const auto first = irmae(submit + "--array-limit 2 --after");
  ASSERT_EQ(first.status, 0) << first.output;
  EXPECT_CONTAINS(first.output, "irmae status");
  const std::string job = job_in(first.output);
  const auto second = irmae(submit);
  EXPECT_EQ(second.status, 0) << second.output;
  EXPECT_CONTAINS(second.output, "4 queued or running");
  EXPECT_EQ(states().size(), 4U) << "nothing is queued twice";

  ASSERT_TRUE(all_end(300));
  EXPECT_EQ(states(), std::vector<std::string>(4, "COMPLETED"));
  const auto third = irmae(submit);
  EXPECT_EQ(third.status, 0) << third.output;
  EXPECT_CONTAINS(third.output, "4 complete");
  EXPECT_EQ(states().size(), 4U);
  EXPECT_EQ(shown(job + "_0", "ArrayTaskThrottle"), "2");
  EXPECT_TRUE(std::filesystem::exists(work + "/o u't$x%a/report.html")) << "the job of --after ran after the others";
}

TEST_F(Cluster, ASubmissionThatWasCutOffBeforeItsRecordIsNotQueuedAgain) {
  manifest(kFourCells);
  ASSERT_EQ(irmae("submit m.toml -o out --time 10 --ntasks 2 -- --hold").status, 0);
  ASSERT_EQ(states(), std::vector<std::string>(4, "PENDING"));
  std::filesystem::remove(work + "/out/m/slurm/1/jobs.toml");

  const auto again = irmae("submit m.toml -o out --time 10 --ntasks 2");
  EXPECT_EQ(again.status, 0);
  EXPECT_CONTAINS(again.output, "4 queued or running");
  EXPECT_EQ(states().size(), 4U);
  run("scancel -n irmae-m");
}

TEST_F(Cluster, PreemptedTasksGoOnAndEndWithTheSameBitsAsMpirunInOneGo) {
  // A slow link between the two hosts of a task makes every step take half a second, on a fast machine too: 5.8 MB of
  // gradients at 80 Mbit/s. So 48 steps cannot end before the signal, 20 s after the start at the latest.
  if (const auto slow = slurm("slow", "80mbit"); slow.status != 0) GTEST_SKIP() << "no slow link here: " << slow.output;
  manifest(kFourCells);
  // The shortest limit that Slurm has is too short for irmae submit --time, which would take one to train for longer.
  setenv("SBATCH_TIMELIMIT", "1", 1);
  const auto submitted = irmae("submit m.toml train.epochs=3 -o cut --signal-seconds 40 --ntasks 2 --nodes 2");
  unsetenv("SBATCH_TIMELIMIT");
  ASSERT_EQ(submitted.status, 0) << submitted.output;
  const auto whole =
      run("cd " + work + " && mpirun --bind-to none -n 2 " IRMAE_BINARY_DIR "/irmae run m.toml train.epochs=3 -q -o whole");
  ASSERT_EQ(whole.status, 0) << whole.output;
  ASSERT_TRUE(all_end(800));
  slurm("slow", "10gbit");

  for (int task = 0; task < 4; ++task) {
    const std::string name = job_in(submitted.output) + "_" + std::to_string(task);
    EXPECT_EQ(shown(name, "JobState"), "COMPLETED") << log("cut", task);
    EXPECT_GE(std::stoi("0" + shown(name, "Restarts")), 1) << log("cut", task);
    EXPECT_CONTAINS(log("cut", task), "ended with 75, to be started again; requeueing");
  }
  for (const char* kind : {"ranks", "losses"}) EXPECT_EQ(table(kind, "cut"), table(kind, "whole")) << kind;
}

TEST_F(Cluster, ACellThatFailsIsNotRequeuedAndTheOthersFinish) {
  manifest(
      "[[cell]]\nname = 'good'\n[[cell]]\nname = 'bad'\ntrain.learning_rate = 1e30\n[[cell]]\nname = "
      "'late'\ntrain.seed = 3\n");
  const auto submitted = irmae("submit m.toml -o out" + std::string(kTwoRanks));
  ASSERT_EQ(submitted.status, 0) << submitted.output;
  ASSERT_TRUE(all_end(300));

  const std::string job = job_in(submitted.output);
  EXPECT_EQ(shown(job + "_0", "JobState"), "COMPLETED");
  EXPECT_EQ(shown(job + "_1", "JobState"), "FAILED");
  EXPECT_EQ(shown(job + "_1", "ExitCode"), "1:0");
  EXPECT_EQ(shown(job + "_1", "Restarts"), "0");
  EXPECT_EQ(shown(job + "_2", "JobState"), "COMPLETED");
  EXPECT_CONTAINS(log("out", 1), "the loss became");
  // It is the user's to submit it again, alone.
  EXPECT_CONTAINS(irmae("submit m.toml -o out --print").output, "#SBATCH --array=0-0\n");
}

TEST_F(Cluster, TasksThatEndBeforeTheirCellBeginsAreShownWithTheirEnd) {
  manifest("[grid]\n'train.seed' = [1, 2, 3]\n");
  std::ofstream(work + "/prologue") << "case $SLURM_ARRAY_TASK_ID in 0) exit 3 ;; 1) exec sleep 1000 ;; esac\n";
  const std::string job = job_in(irmae("submit m.toml -o out --time 10 --prologue prologue").output);
  ASSERT_TRUE(comes([&] { return shown(job + "_0", "JobState") == "FAILED"; }, 100));
  ASSERT_TRUE(comes([&] { return shown(job + "_1", "JobState") == "RUNNING"; }, 100));
  EXPECT_CONTAINS(irmae("status out --state queued").output, "irmae-seed2");
  run("scancel " + job + "_1");
  ASSERT_TRUE(all_end(200));

  const auto status = irmae("status out");
  EXPECT_CONTAINS(status.output, "Slurm job " + job + "_0 ended as FAILED: see out/m/slurm/1/0.out");
  EXPECT_CONTAINS(status.output, "Slurm job " + job + "_1 ended as CANCELLED: see out/m/slurm/1/1.out");
  EXPECT_CONTAINS(status.output, "3 cells: 1 done, 1 dead, 1 failed");
}

TEST_F(Cluster, ATaskIsRequeuedOnlySoOften) {
  manifest("");
  std::ofstream(work + "/prologue") << "launch=(bash -c 'exit 75')\n";
  const auto submitted = irmae("submit m.toml -o out --time 10 --requeue-limit 2 --prologue prologue");
  ASSERT_EQ(submitted.status, 0) << submitted.output;
  ASSERT_TRUE(all_end(200));

  const std::string task = job_in(submitted.output) + "_0";
  EXPECT_EQ(shown(task, "Restarts"), "2");
  EXPECT_EQ(shown(task, "JobState"), "FAILED");
  EXPECT_EQ(shown(task, "ExitCode"), "75:0");
  EXPECT_CONTAINS(log("out", 0), "requeued 2 times before and not again");
}

TEST_F(Cluster, OnlyTheStoppedTaskItselfIsRequeued) {
  manifest(kFourCells);
  std::ofstream(work + "/prologue") << "if [[ $SLURM_ARRAY_TASK_ID == 1 && -z ${SLURM_RESTART_COUNT:-} ]]; then\n"
                                       "  launch=(bash -c 'exit 75')\nfi\n";
  const auto submitted = irmae("submit m.toml -o out --prologue prologue" + std::string(kTwoRanks));
  ASSERT_EQ(submitted.status, 0) << submitted.output;
  ASSERT_TRUE(all_end(300));

  std::string restarts, states;
  for (int task = 0; task < 4; ++task) {
    restarts += shown(job_in(submitted.output) + "_" + std::to_string(task), "Restarts");
    states += shown(job_in(submitted.output) + "_" + std::to_string(task), "JobState") + " ";
  }
  EXPECT_EQ(restarts, "0100");
  EXPECT_EQ(states, "COMPLETED COMPLETED COMPLETED COMPLETED ");
}

TEST_F(Cluster, ATaskWhoseNodeDiesGoesOn) {
  manifest("");
  const auto submitted =
      irmae("submit m.toml train.epochs=200 train.checkpoint_seconds=1 -o out --nodes 2" + std::string(kTwoRanks));
  ASSERT_EQ(submitted.status, 0) << submitted.output;
  ASSERT_TRUE(trains());
  // The batch script is on h1; h2 has only a rank.
  ASSERT_EQ(slurm("kill", "h2").status, 0);
  ASSERT_TRUE(comes([&] { return shown(job_in(submitted.output) + "_0", "Restarts") == "1"; }, 60));
  ASSERT_EQ(slurm("node", "h2").status, 0);
  ASSERT_TRUE(all_end(400));

  EXPECT_EQ(shown(job_in(submitted.output) + "_0", "JobState"), "COMPLETED") << log("out", 0);
  EXPECT_CONTAINS(log("out", 0), "mpirun lost a node; requeueing");
}

TEST_F(Cluster, ACancelledTaskStaysCancelledUntilItIsSubmittedAgain) {
  manifest("");
  const auto submitted = irmae("submit m.toml train.epochs=200 -o out" + std::string(kTwoRanks));
  const std::string task = job_in(submitted.output) + "_0";
  ASSERT_TRUE(trains());
  run("scancel " + task);
  ASSERT_TRUE(all_end(60));

  EXPECT_EQ(shown(task, "JobState"), "CANCELLED");
  EXPECT_EQ(shown(task, "Restarts"), "0");
  const auto again = irmae("submit m.toml train.epochs=200 -o out --ntasks 2 -- --hold");
  EXPECT_CONTAINS(again.output, "1 of 1 cell submitted");
  run("scancel -n irmae-m");
}

TEST_F(Cluster, AnArrayThatIsCancelledAsAWholeStaysCancelled) {
  manifest("[grid]\n'train.seed' = [1, 2]\n");
  const std::string job = job_in(irmae("submit m.toml train.epochs=200 -o out --time 10 --ntasks 1").output);
  // The last task of an array to start has the array's number as its own.
  ASSERT_TRUE(trains(2));
  run("scancel " + job);
  ASSERT_TRUE(all_end(60));

  for (const char* task : {"_0", "_1"}) {
    EXPECT_EQ(shown(job + task, "JobState"), "CANCELLED") << task;
    EXPECT_EQ(shown(job + task, "Restarts"), "0") << task;
  }
}

TEST_F(Cluster, SrunStartsTheRanksAndHandsOnTheSignal) {
  manifest("");
  const auto submitted = irmae("submit m.toml train.epochs=200 -o out --nodes 2 --launcher srun" + std::string(kTwoRanks));
  ASSERT_EQ(submitted.status, 0) << submitted.output;
  const std::string task = job_in(submitted.output) + "_0";
  ASSERT_TRUE(trains());
  run("scancel --batch --signal=USR1 " + task);
  ASSERT_TRUE(all_end(400));

  EXPECT_EQ(shown(task, "Restarts"), "1") << log("out", 0);
  EXPECT_EQ(shown(task, "JobState"), "COMPLETED") << log("out", 0);
  EXPECT_CONTAINS(table("ranks", "out"), "irmae");
}

TEST_F(Cluster, AStopThatComesBeforeTheRanksAreUpIsNotLost) {
  manifest("[grid]\n'train.seed' = [1, 2]\n");
  // Of the first task during its prologue, of the second while srun starts the ranks.
  std::ofstream(work + "/prologue") << "stop=(scancel --batch --signal=USR1 ${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID)\n"
                                       "case ${SLURM_RESTART_COUNT:-0}$SLURM_ARRAY_TASK_ID in\n"
                                       "  00) \"${stop[@]}\"; sleep 2 ;;\n"
                                       "  01) { sleep 0.2; \"${stop[@]}\"; } & ;;\n"
                                       "esac\n";
  const auto submitted =
      irmae("submit m.toml train.epochs=200 -o out --nodes 2 --launcher srun --prologue prologue" + std::string(kTwoRanks));
  ASSERT_EQ(submitted.status, 0) << submitted.output;
  ASSERT_TRUE(all_end(400));

  for (int task = 0; task < 2; ++task) {
    const std::string name = job_in(submitted.output) + "_" + std::to_string(task);
    EXPECT_EQ(shown(name, "Restarts"), "1") << log("out", task);
    EXPECT_EQ(shown(name, "JobState"), "COMPLETED") << log("out", task);
  }
  EXPECT_CONTAINS(log("out", 0), "stopped before it began; requeueing");
}

}  // namespace
}  // namespace irmae
