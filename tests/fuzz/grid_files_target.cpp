// SPDX-License-Identifier: MIT
#include <filesystem>

#include "launchers/status/cell_status.h"
#include "launchers/status/grid_files.h"
#include "storage/cell_paths.h"
#include "storage/error.h"
#include "storage/text/toml_entries.h"
#include "tests/fuzz/targets.h"

namespace irmae::tests::fuzz {

namespace {

namespace fs = std::filesystem;
using namespace irmae::launchers;

/// Where the quick reader understands a text at all, it reads what the full one does.
void compare_readers(Bytes text, std::string_view array, const std::vector<std::string>& wanted) {
  const auto quick = storage::scan_entries(text, array, wanted);
  if (!quick) return;
  try {
    if (storage::parse_entries(text, "plan", array, wanted) != *quick) broken("the two readers differ on " + std::string(text));
  } catch (const Error&) {
    // Not TOML. The quick reader is no judge of that: it reads what irmae writes.
  }
}

}  // namespace

void grid_files(Bytes input) {
  const std::size_t first = std::min(input.find('\x1e'), input.size());
  const Bytes rest = input.substr(std::min(first + 1, input.size()));
  const std::size_t second = std::min(rest.find('\x1e'), rest.size());
  const Bytes plan = rest.substr(0, second), jobs = rest.substr(std::min(second + 1, rest.size()));

  static const fs::path folder = [] {
    const fs::path grid = fs::path(scratch_file("grid", "")).parent_path() / "m";
    fs::create_directories(grid / "ae-01234567");
    fs::create_directories(grid / "slurm");
    return grid;
  }();
  scratch_file("m/ae-01234567/state.toml", input.substr(0, first));
  scratch_file("m/m.toml", plan);
  scratch_file("m/slurm/jobs.toml", jobs);
  try {
    std::vector<std::string> problems;
    const CellStatus status = cell_status(folder / "ae-01234567", "m", {.now = 1'800'000'000, .host = "node7"}, problems);
    name_of(status.state);
  } catch (const Error&) {
  }
  try {
    for (const PlannedCell& cell : read_plan(folder))
      if (!storage::is_id(cell.id) || !looks_like_cell(cell.folder()))
        broken("a planned cell whose folder lies elsewhere: " + cell.folder());
  } catch (const Error&) {
  }
  try {
    for (const SlurmTask& task : read_tasks(folder))
      if (!storage::is_id(task.cell)) broken("a task without a cell: " + task.cell);
  } catch (const Error&) {
  }
  compare_readers(plan, "cell", {"name", "id", "train.epochs"});
  compare_readers(jobs, "task", {"cell", "job"});
}

}  // namespace irmae::tests::fuzz
