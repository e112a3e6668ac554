// SPDX-License-Identifier: MIT
#include "framework/training/runs/cell_folder.h"

#include <gtest/gtest.h>

#include <ctime>
#include <fstream>
#include <regex>

#include "storage/cell_state.h"
#include "storage/system/files.h"
#include "tests/cell_of.h"
#include "tests/contains.h"
#include "tests/file_limit.h"
#include "tests/temporary_folder.h"

namespace irmae::training {
namespace {

TEST(CellFolder, GoesOnWithItsLogOnceAFullDiskHasRoomAgain) {
  const tests::TemporaryFolder folder;
  CellFolder cell(folder.string());
  cell.log("before");
  {
    const tests::FileLimit full(1);
    cell.log("meanwhile");
  }
  cell.log("after");

  const std::string log = storage::read_text(folder / "log.txt");
  EXPECT_TRUE(log.starts_with("before\n")) << log;
  EXPECT_TRUE(log.ends_with("after\n")) << log;
}

class Checkpoints : public ::testing::Test {
 protected:
  void write(const std::string& file) const { std::ofstream(folder / file) << "no HDF5 file"; }
  bool there(const std::string& file) const { return std::filesystem::exists(folder / file); }

  const tests::TemporaryFolder folder;
};

TEST_F(Checkpoints, ThatAreDamagedAreToldWithWhatIsDoneInstead) {
  const manifest::Cell cell = tests::cell_of({});
  std::string said;
  Progress progress(cell, {.say = [&](const std::string& text) { said += text + "\n"; }});
  CellFolder of_cell(folder.string());
  write("checkpoint.h5");
  write("checkpoint.previous.h5");

  EXPECT_FALSE(of_cell.newest_checkpoint(progress, [](const auto&) { return ""; }).has_value());

  const std::string log = storage::read_text(folder / "log.txt");
  for (const std::string& text : {said, log}) {
    EXPECT_TRUE(std::regex_search(text, std::regex("checkpoint.h5.*; the checkpoint before it is tried\n"))) << text;
    EXPECT_TRUE(
        std::regex_search(text, std::regex("checkpoint.previous.h5.*; no other is there: this cell starts anew; the damaged "
                                           "one is kept as checkpoint.previous.h5.damaged\n")))
        << text;
  }
  EXPECT_TRUE(there("checkpoint.h5.damaged") && there("checkpoint.previous.h5.damaged"));
}

TEST_F(Checkpoints, ThatACompleteCellWasLeftWithAreRemovedUnlessAnotherHasTheFolder) {
  const std::vector<std::string> files{"checkpoint.h5", "checkpoint.previous.h5", "checkpoint.h5.damaged"};
  for (const std::string& file : files) write(file);
  {
    const storage::FolderLock another(folder.string());
    EXPECT_NO_THROW(remove_forgotten_checkpoints(folder.string()));
    for (const std::string& file : files) EXPECT_TRUE(there(file)) << file;
  }
  remove_forgotten_checkpoints(folder.string());

  for (const std::string& file : files) EXPECT_FALSE(there(file)) << file;
  EXPECT_NO_THROW(remove_forgotten_checkpoints(folder / "absent"));
  EXPECT_FALSE(there("absent"));
}

/// Of a cell that a process of another host trains, whose lock does not reach this one.
class TrainedElsewhere : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder / "lock") << kLock;
    state.host = "elsewhere";
    state.process = 17;
    state.epoch = 3;
    state.updated = std::time(nullptr);
    storage::write_state(folder.string(), state);
  }
  storage::CellState now() const { return storage::read_state(folder.string()).value(); }

  static constexpr const char* kLock = "process 17 on elsewhere since today\ntoken 1234\n";
  const tests::TemporaryFolder folder;
  storage::CellState state;
};

TEST_F(TrainedElsewhere, IsNotTakenOverByAStartThatTrainsNothing) {
  testing::internal::CaptureStderr();
  note_failure(tests::cell_of({}), folder.string(), "no data");
  EXPECT_CONTAINS(testing::internal::GetCapturedStderr(), "process 17 on elsewhere trains this cell");

  EXPECT_EQ(storage::read_text(folder / "lock"), kLock);
  EXPECT_EQ(now().phase, storage::CellPhase::running);
  EXPECT_FALSE(std::filesystem::exists(folder / "log.txt"));
}

TEST_F(TrainedElsewhere, IsNoFailureOfARankOfAnotherRun) {
  note_failed_rank(folder.string(), {4711, "here"}, "rank 1, set-up", "no device");

  EXPECT_EQ(now().phase, storage::CellPhase::running);
  EXPECT_FALSE(std::filesystem::exists(folder / "log.txt"));
}

TEST_F(TrainedElsewhere, IsAFailureOfItsOwnRankThatFailsAlone) {
  note_failed_rank(folder.string(), {17, "elsewhere"}, "rank 1, step 3", "no room");

  EXPECT_EQ(now().phase, storage::CellPhase::failed);
  EXPECT_EQ(now().error, "rank 1, step 3: no room");
  EXPECT_EQ(now().epoch, 3);
  EXPECT_EQ(storage::read_text(folder / "log.txt"), "failed: rank 1, step 3: no room\n");
}

TEST_F(TrainedElsewhere, ButSilentSinceIsFailedByTheRunWhoseRankHasFailed) {
  state.updated -= 1000;
  storage::write_state(folder.string(), state);
  note_failed_rank(folder.string(), {4711, "here"}, "rank 1, set-up", "no device");

  EXPECT_EQ(now().phase, storage::CellPhase::failed);
  EXPECT_EQ(now().process, 4711)
      << "a run that was only suspended takes it for no word of its own ranks, and goes on to say so";
  EXPECT_EQ(now().host, "here");
}

TEST_F(TrainedElsewhere, ButDeadSinceIsFailedAfterAStartThatTrainsNothing) {
  state.updated -= 1000;
  storage::write_state(folder.string(), state);
  note_failure(tests::cell_of({}), folder.string(), "no data");

  EXPECT_EQ(now().phase, storage::CellPhase::failed);
  EXPECT_EQ(now().error, "no data");
}

}  // namespace
}  // namespace irmae::training
