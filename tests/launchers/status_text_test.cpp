// SPDX-License-Identifier: MIT
// What irmae status prints, and what it refuses.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "launchers/status/status_text.h"
#include "storage/error.h"
#include "tests/launchers/status_folder.h"
#include "tests/python.h"

namespace irmae::launchers {
namespace {

namespace fs = std::filesystem;
using tests::run;
using tests::Status;

TEST_F(Status, IsRefusedInOneClearLine) {
  const auto says = [&](const std::string& arguments, int status, const std::string& text) {
    const auto result = run(irmae + " status " + arguments);
    EXPECT_EQ(result.status, status) << result.output;
    EXPECT_CONTAINS(result.output, text);
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
  };
  fs::create_directories(out());
  says((folder / "absent").string(), 1, "absent: there is no such folder");
  says(out(), 1, "no cells there");
  says(out() + " --state runing", 2, "did you mean running?");
  says(out() + " --format yaml", 2, "--format: 'yaml' is not one of");
  says(out() + " --watch --format json", 2, "--watch shows text");
}

TEST(CellProgress, HasANameForEachState) {
  for (const std::string& name : progress_names()) EXPECT_EQ(name_of(progress_of(name)), name);
  EXPECT_THROW(progress_of("runing"), UsageError);
  EXPECT_THROW(progress_of(""), UsageError);
}

TEST(Output, ThatCannotBeWrittenIsSaidInOneLineUnlessWhoeverReadItIsGone) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  const tests::TemporaryFolder folder;
  fs::create_directories(folder / "a-11111111");
  std::ofstream(folder / "a-11111111" / "lock") << "x";
  std::ofstream(folder / "m.toml") << "[train]\nepochs = 1\n";
  const std::string irmae = IRMAE_BINARY_DIR "/irmae ", fifo = (folder / "fifo").string();
  for (const std::string& arguments :
       {std::string("--version"), "status " + folder.string(), "plan " + (folder / "m.toml").string()}) {
    const auto full = run("( " + irmae + arguments + " >/dev/full )");
    EXPECT_EQ(full.status, 1) << arguments;
    EXPECT_EQ(full.output, "irmae: standard output cannot be written: No space left on device; send it elsewhere\n");
    // A pipe whose reader has closed it.
    const auto gone = run("( mkfifo " + fifo + "; exec 3<>" + fifo + " 4>" + fifo + " 3<&-; rm " + fifo + "; " + irmae +
                          arguments + " >&4 )");
    EXPECT_EQ(gone.status, 1) << arguments;
    EXPECT_EQ(gone.output, "") << arguments;
  }
}

TEST_F(Status, AsJsonIsOneArrayWithEveryKey) {
  if (!tests::python_has("json")) GTEST_SKIP() << "no Python";
  storage::CellState state = running();
  storage::write_state(cell("a", '1'), state);
  state.phase = storage::CellPhase::failed;
  state.error = "a \"quoted\" \\ error";
  storage::write_state(cell("b", '2'), state);
  cell("c", '3');
  std::ofstream(folder / "check.py")
      << "import json, sys\ncells = json.load(sys.stdin)\n"
         "assert [c['cell'] for c in cells] == ['a', 'b', 'c'], cells\n"
         "assert all(set(c) == set('cell id manifest state epoch epochs samples_per_second seconds_left node job error'"
         ".split()) for c in cells), cells\n"
         "a, b, c = cells\n"
         "assert (a['state'], a['epoch'], a['epochs'], a['samples_per_second'], a['seconds_left']) == "
         "('running', 7, 18, 1234, 90), a\n"
         "assert b['error'] == 'a \"quoted\" \\\\ error' and b['samples_per_second'] is None, b\n"
         "assert c['epoch'] is None and c['seconds_left'] is None and c['job'] == '', c\n";
  const auto checked =
      run(irmae + " status --format json " + out() + " | " + IRMAE_PYTHON + " " + (folder / "check.py").string());

  EXPECT_EQ(checked.status, 0) << checked.output;
}

TEST_F(Status, AsTextHasASummaryAndOnlyTheStatesThatAreAskedFor) {
  storage::CellState state = running();
  storage::write_state(cell("a", '1'), state);
  state.phase = storage::CellPhase::failed;
  state.error = "it broke";
  storage::write_state(cell("b", '2'), state);
  const auto all = run(irmae + " status " + out());
  const auto failed = run(irmae + " status --state failed,dead " + out());

  EXPECT_CONTAINS(all.output, "grid      a     running  7/18   1234       1 min 30 s  ");
  EXPECT_LACKS(all.output, "job") << "a column without anything in it";
  EXPECT_CONTAINS(all.output, "2 cells: 1 running, 1 failed, about 1 min 30 s left");
  EXPECT_LACKS(failed.output, "1234");
  EXPECT_CONTAINS(failed.output, "it broke");
  EXPECT_CONTAINS(failed.output, "2 cells: 1 running, 1 failed");
}

TEST_F(Status, AsTextTellsCellsOfOneNameApart) {
  std::vector<CellStatus> cells(3);
  for (std::size_t i = 0; i < cells.size(); ++i)
    cells[i].cell = i == 0 ? "a" : "b", cells[i].id = std::to_string(i) + "2345678";

  EXPECT_CONTAINS(status_text(cells, {}), "22345678");
  cells.pop_back();
  EXPECT_LACKS(status_text(cells, {}), "12345678");
}

TEST_F(Status, CountsWhatWaitsIntoTheTimeLeft) {
  storage::CellState state = running();  // 7.5 of 18 epochs, 90 s left: a cell takes 154 s
  storage::write_state(cell("a", '1'), state);
  storage::write_state(cell("b", '2'), state);
  write_plan("[[cell]]\nname = 'c'\nid = '" + id_of('3') + "'\n[[cell]]\nname = 'd'\nid = '" + id_of('4') + "'\n");
  const auto left = seconds_left(read_grid(out()).cells);

  ASSERT_TRUE(left);
  EXPECT_NEAR(*left, (2 * 90 + 2 * 90 * 18 / 10.5) / 2, 1e-6) << "two run side by side, two wait";
}

TEST(StatusScreen, FitsTheTerminalAndShowsFirstWhatHappens) {
  GridStatus grid;
  for (int i = 0; i < 1000; ++i) {
    CellStatus& cell = grid.cells.emplace_back();
    cell.cell = "cell-" + std::to_string(i);
    cell.state = i == 999 ? CellProgress::running : i == 998 ? CellProgress::failed : CellProgress::done;
    cell.error = i == 998 ? std::string(300, 'e') : "";
  }
  const std::string screen = status_screen(grid, {}, {20, 60});

  EXPECT_TRUE(screen.starts_with("\033[H1000 cells: 998 done, 1 running, 1 failed\033[K\n")) << screen;
  EXPECT_LT(std::count(screen.begin(), screen.end(), '\n'), 20);
  EXPECT_LT(screen.find("cell-999"), screen.find("cell-998"));
  EXPECT_LT(screen.find("cell-998"), screen.find("cell-0"));
  EXPECT_CONTAINS(screen, "... and 986 more");
  std::istringstream lines(screen.substr(3));
  for (std::string line; std::getline(lines, line);) EXPECT_LT(line.substr(0, line.find('\033')).size(), 60U) << line;
}

}  // namespace
}  // namespace irmae::launchers
