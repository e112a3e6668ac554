// SPDX-License-Identifier: MIT
// Which cells there are, and their states by the files that trainings leave.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

#include "tests/launchers/status_folder.h"

namespace irmae::launchers {
namespace {

namespace fs = std::filesystem;
using tests::Status;

TEST_F(Status, OfACellThatSaysNothingForLongIsDead) {
  storage::CellState state = running();
  state.updated -= 1000;
  storage::write_state(cell("a", '1'), state);
  state.updated += 980;  // four missed heartbeats
  storage::write_state(cell("b", '2'), state);
  state.host = "elsewhere";
  state.process = 1'000'000'000;  // not to be looked for here
  storage::write_state(cell("c", '3'), state);

  EXPECT_EQ(state_of("a"), "dead");
  EXPECT_CONTAINS(status_of("a").error, "no sign of life for 16 min");
  EXPECT_EQ(state_of("b"), "running");
  EXPECT_EQ(state_of("c"), "running");
}

TEST_F(Status, OfARunningCellThatFinishesNoStepForLongSaysSo) {
  storage::CellState state = running();
  state.seconds_since_step = 60;
  storage::write_state(cell("a", '1'), state);
  state.seconds_since_step = 900;
  storage::write_state(cell("b", '2'), state);
  state.epoch = state.epochs;
  storage::write_state(cell("c", '3'), state);

  EXPECT_EQ(status_of("a").quiet, "");
  EXPECT_EQ(status_of("b").quiet, "no step for 15 min 00 s");
  EXPECT_EQ(status_of("c").quiet, "in its evaluations for 15 min 00 s");
  EXPECT_EQ(state_of("b"), "running") << "it may be reading its data";
  EXPECT_CONTAINS(tests::run(irmae + " status " + out()).output, "no step for 15 min 00 s");
}

TEST_F(Status, AsksForAProcessOnlyWhereItsNumberMeansThatOne) {
  storage::CellState state = running();
  state.process = 1'000'000'000;  // there is none
  state.process_space = storage::process_space();
  storage::write_state(cell("a", '1'), state);
  state.process_space = "another pid:[1]";
  storage::write_state(cell("b", '2'), state);

  EXPECT_EQ(state_of("a"), "dead");
  EXPECT_EQ(status_of("a").error, "process 1000000000 is gone");
  EXPECT_EQ(state_of("b"), "running") << "in a container whose numbers are its own, or on a machine of the same name";
}

TEST_F(Status, TakesForADoneCellsTimeThatOfAllItsSessionsWhoeverHasMeasuredItSince) {
  const fs::path done = cell("a", '1');
  storage::CellState state = running();  // 7.5 of 18 epochs, 90 s left
  storage::write_state(cell("b", '2'), state);
  state.updated -= 86'400;
  state.phase = storage::CellPhase::complete;
  state.wall_seconds = 3600;
  storage::write_state(done, state);
  std::ofstream(done / "run.h5") << "x";
  write_plan("[[cell]]\nname = 'c'\nid = '" + id_of('3') + "'\n");

  EXPECT_EQ(state_of("a"), "done");
  EXPECT_EQ(status_of("a").seconds_whole, 3600);
  const auto left = seconds_left(read_grid(out()).cells);
  ASSERT_TRUE(left);
  EXPECT_NEAR(*left, 90 + (3600 + 90 * 18 / 10.5) / 2, 1e-6) << "one waits, and takes what the two others take";
}

TEST_F(Status, OfACellOfThePlanWithoutAFolderIsWaiting) {
  storage::write_state(cell("a", '1'), running());
  write_plan("title = 'x'\n[[cell]]\nname = 'b'\nid = '" + id_of('2') + "'\ntrain.epochs = 40\n[[cell]]\nname = 'a'\nid = '" +
             id_of('1') + "'\n[cell.train]\nepochs = 18\n");
  cell("old", '3');
  const auto cells = read_grid(out()).cells;

  ASSERT_EQ(cells.size(), 3U);
  EXPECT_EQ(cells[0].cell, "b") << "the plan's order";
  EXPECT_EQ(name_of(cells[0].state), "waiting");
  EXPECT_EQ(cells[0].id, id_of('2'));
  EXPECT_EQ(cells[0].epochs, 40);
  EXPECT_EQ(name_of(cells[1].state), "running");
  EXPECT_EQ(cells[1].id, id_of('1'));
  EXPECT_EQ(cells[2].cell, "old") << "in a folder, though not in the plan";
  EXPECT_EQ(name_of(cells[2].state), "waiting");
}

TEST_F(Status, FindsTheSameCellsFromTheOutputTheManifestAndTheCell) {
  const fs::path folder_of_a = cell("a", '1');
  storage::write_state(folder_of_a, running());
  fs::create_directories(folder / "out" / "mnist-20240101");  // a manifest's name, not a cell's
  std::ofstream(folder / "out" / "mnist-20240101" / "mnist-20240101.toml")
      << "[[cell]]\nname = 'm'\nid = '" << id_of('5') << "'\n";

  for (const fs::path& path : {folder / "out" / "grid", folder / "out" / "grid" / "", folder_of_a}) {
    const auto cells = read_grid(path).cells;
    ASSERT_EQ(cells.size(), 1U) << path;
    EXPECT_EQ(cells[0].cell, "a");
    EXPECT_EQ(cells[0].manifest, "grid");
  }
  const auto cells = read_grid(out()).cells;
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_EQ(cells[1].manifest, "mnist-20240101");
}

TEST_F(Status, OfAGridWithManyCellsOpensNoMoreThanAFewFilesAtOnce) {
  constexpr int kCells = 300;
  for (int i = 0; i < kCells; ++i) {
    const fs::path path = folder / "out" / "grid" / ("c" + std::to_string(i) + "-11111111");
    fs::create_directories(path);
    storage::write_state(path, running());
  }
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{32, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  const auto cells = read_grid(out()).cells;
  setrlimit(RLIMIT_NOFILE, &before);

  EXPECT_EQ(cells.size(), std::size_t{kCells});
  EXPECT_TRUE(std::all_of(cells.begin(), cells.end(), [](const auto& cell) { return cell.state == CellProgress::running; }));
}

}  // namespace
}  // namespace irmae::launchers
