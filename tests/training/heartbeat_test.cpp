// SPDX-License-Identifier: MIT
#include "framework/training/runs/heartbeat.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

#include "storage/system/process_space.h"
#include "tests/temporary_folder.h"

namespace irmae::training {
namespace {

using std::chrono::milliseconds;
using storage::CellPhase;
using tests::TemporaryFolder;

constexpr Heartbeat::Work kWork{.epochs = 4, .train_size = 100, .batch = 32};
constexpr milliseconds kNever{3'600'000};

/// Until it holds; false after a minute.
bool comes_true(const std::function<bool()>& holds) {
  for (int i = 0; i < 6000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

storage::CellState state_in(const TemporaryFolder& folder) { return storage::read_state(folder.string()).value(); }

TEST(Heartbeat, SaysAtOnceWhoTrains) {
  unsetenv("SLURM_ARRAY_JOB_ID");
  setenv("SLURM_JOB_ID", "99", 1);
  const TemporaryFolder folder;
  const Heartbeat heartbeat(folder.string(), kWork, 3, kNever);
  const storage::CellState state = state_in(folder);
  unsetenv("SLURM_JOB_ID");

  EXPECT_EQ(state.phase, CellPhase::running);
  EXPECT_EQ(state.process, getpid());
  EXPECT_EQ(state.process_space, storage::process_space());
  EXPECT_EQ(state.ranks, 3);
  EXPECT_EQ(state.epochs, 4);
  EXPECT_EQ(state.steps, 4) << "100 = 3 x 32 + 4";
  EXPECT_EQ(state.job, "99");
  EXPECT_NEAR(static_cast<double>(state.updated), static_cast<double>(std::time(nullptr)), 60);
}

TEST(Heartbeat, RenewsTheStateWithoutBeingCalled) {
  const TemporaryFolder folder;
  Heartbeat heartbeat(folder.string(), kWork, 1, milliseconds(5));
  heartbeat.starts(1, 2);
  EXPECT_TRUE(comes_true([&] { return state_in(folder).epoch == 1 && state_in(folder).step == 2; }));
  std::filesystem::remove(folder / "state.toml");

  const auto runs = [&] {
    const auto state = storage::read_state(folder.string());
    return state && state->phase == CellPhase::running;
  };
  EXPECT_TRUE(comes_true(runs)) << "an evaluation takes no steps";
}

TEST(Heartbeat, TellsHowLongAgoTheLastStepWas) {
  using Clock = std::chrono::steady_clock;
  const TemporaryFolder folder;
  Heartbeat heartbeat(folder.string(), kWork, 1, milliseconds(5));
  heartbeat.starts(0, 0);
  EXPECT_TRUE(comes_true([&] { return state_in(folder).seconds_since_step > 0.05; })) << "also where the training hangs";

  const Clock::time_point before = Clock::now();
  heartbeat.step_done(1);
  heartbeat.ends(CellPhase::stopped);
  const double most = std::chrono::duration<double>(Clock::now() - before).count();
  EXPECT_LE(state_in(folder).seconds_since_step, most + 1e-3);
}

TEST(Heartbeat, TellsThePaceOfThisSession) {
  const TemporaryFolder folder;
  {
    Heartbeat heartbeat(folder.string(), kWork, 1, kNever);
    heartbeat.starts(2, 0);
    std::this_thread::sleep_for(milliseconds(20));
    heartbeat.step_done(1);
    heartbeat.ends(CellPhase::stopped);
  }
  const storage::CellState state = state_in(folder);

  EXPECT_GT(state.samples_per_second, 0);
  EXPECT_LE(state.samples_per_second, 32 / 0.020) << "what was trained before does not count";
  EXPECT_NEAR(state.seconds_left * state.samples_per_second, 200 - 32, 1e-3);
}

TEST(Heartbeat, HasComeAsFarAsTheSessionBeforeUntilItKnowsBetter) {
  const TemporaryFolder folder;
  {
    Heartbeat heartbeat(folder.string(), kWork, 1, kNever);
    heartbeat.epoch_done(2);
    heartbeat.step_done(1);
    heartbeat.ends(CellPhase::stopped);
  }
  Heartbeat again(folder.string(), kWork, 1, kNever);

  EXPECT_EQ(state_in(folder).phase, CellPhase::running);
  EXPECT_EQ(state_in(folder).epoch, 2);
  EXPECT_EQ(state_in(folder).step, 1);
}

TEST(Heartbeat, CountsTheStartsInARowThatEndedWithoutAWord) {
  const TemporaryFolder folder;
  const auto dies = [&] { const Heartbeat heartbeat(folder.string(), kWork, 1, kNever); };
  dies();
  EXPECT_EQ(state_in(folder).deaths, 0);
  dies();
  EXPECT_EQ(state_in(folder).deaths, 1);
  dies();
  EXPECT_EQ(state_in(folder).deaths, 2);
  Heartbeat(folder.string(), kWork, 1, kNever).ends(CellPhase::stopped);
  dies();
  EXPECT_EQ(state_in(folder).deaths, 0);
}

TEST(Heartbeat, HasALastWord) {
  const TemporaryFolder folder;
  {
    Heartbeat heartbeat(folder.string(), kWork, 1, milliseconds(1));
    heartbeat.epoch_done(3);
    heartbeat.ends(CellPhase::failed, "the first line\nthe second");
  }
  EXPECT_EQ(state_in(folder).phase, CellPhase::failed);
  EXPECT_EQ(state_in(folder).epoch, 3);
  EXPECT_EQ(state_in(folder).error, "the first line");
}

TEST(Heartbeat, SaysOfACompleteCellWhatAllItsSessionsTook) {
  const TemporaryFolder folder;
  {
    Heartbeat heartbeat(folder.string(), kWork, 1, kNever);
    EXPECT_EQ(state_in(folder).wall_seconds, 0);
    heartbeat.completes(1234.5);
  }
  EXPECT_EQ(state_in(folder).phase, CellPhase::complete);
  EXPECT_EQ(state_in(folder).wall_seconds, 1234.5);
}

TEST(Heartbeat, ThatCannotWriteLetsTheTrainingGoOn) {
  const TemporaryFolder folder;
  EXPECT_NO_THROW({
    Heartbeat heartbeat(folder / "absent", kWork, 1, milliseconds(1));
    heartbeat.step_done(1);
    heartbeat.ends(CellPhase::failed, "another error");
  });
}

}  // namespace
}  // namespace irmae::training
