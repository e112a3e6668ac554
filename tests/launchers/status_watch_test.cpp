// SPDX-License-Identifier: MIT
// irmae status --watch.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "launchers/status/watch.h"
#include "tests/launchers/status_folder.h"

namespace irmae::launchers {
namespace {

namespace fs = std::filesystem;
using tests::run;
using tests::Status;

TEST_F(Status, WatchedEndsWhenEveryCellIsDone) {
  std::ofstream(cell("a", '1') / "run.h5") << "x";
  const auto result = run("timeout 60 " + irmae + " status --watch " + out());

  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_CONTAINS(result.output, "1 cell: 1 done");
}

TEST_F(Status, WatchedEndsWithOneWhenNothingGoesOnAndNotAllIsDone) {
  std::ofstream(cell("a", '1') / "run.h5") << "x";
  storage::CellState state = running();
  state.phase = storage::CellPhase::failed;
  storage::write_state(cell("b", '2'), state);

  EXPECT_EQ(run("timeout 60 " + irmae + " status --watch " + out()).status, 1);
}

TEST_F(Status, WatchedEndsWithALineWhenCellsWaitAndNobodyBeginsThem) {
  using std::chrono::milliseconds;
  write_plan_of("12");
  std::ofstream(cell("cell1", '1') / "run.h5") << "x";
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const auto start = std::chrono::steady_clock::now();
  const int status = watch(out(), {}, {milliseconds(20), milliseconds(300)});
  const auto took = std::chrono::steady_clock::now() - start;
  const std::string shown = testing::internal::GetCapturedStdout(), said = testing::internal::GetCapturedStderr();

  EXPECT_EQ(status, 1);
  EXPECT_GE(took, milliseconds(300));
  EXPECT_CONTAINS(shown, "2 cells: 1 done, 1 waiting");
  EXPECT_EQ(said, "irmae: nothing has run or been queued for 0 s: irmae run or irmae submit begins what waits\n");
}

TEST_F(Status, WatchedGoesOnWhileACellRunsOrIsQueued) {
  using std::chrono::milliseconds;
  write_plan_of("12");
  write_array(1, "101", "1");
  fake_squeue("echo '101_0|PENDING|'");
  const fs::path second = cell("cell2", '2');
  storage::write_state(second, running());
  testing::internal::CaptureStdout();
  // Both are done a second later, long after the patience is over.
  std::thread others([&] {
    std::this_thread::sleep_for(milliseconds(1000));
    std::ofstream(second / "run.h5") << "x";
    std::ofstream(cell("cell1", '1') / "run.h5") << "x";
  });
  const int status = watch(out(), {}, {milliseconds(20), milliseconds(50)});
  others.join();
  const std::string shown = testing::internal::GetCapturedStdout();

  EXPECT_EQ(status, 0);
  EXPECT_CONTAINS(shown, "2 cells: 1 running, 1 queued");
}

}  // namespace
}  // namespace irmae::launchers
