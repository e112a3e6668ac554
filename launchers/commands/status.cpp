// SPDX-License-Identifier: MIT
// irmae status DIR
#include <fmt/format.h>

#include "launchers/analysis_commands.h"
#include "launchers/exit_status.h"
#include "launchers/status/grid_state.h"
#include "launchers/status/status_text.h"
#include "launchers/status/watch.h"

namespace irmae::launchers {

namespace {

struct StatusOptions {
  std::string folder, format = "text";
  std::vector<std::string> states;
  bool watch = false;
};

std::vector<CellProgress> states_of(const std::vector<std::string>& names) {
  std::vector<CellProgress> states;
  for (const std::string& name : names) states.push_back(progress_of(name));
  return states;
}

int show_status(const StatusOptions& options) {
  const analysis::Format format = analysis::format_of(options.format);
  const std::vector<CellProgress> states = states_of(options.states);
  if (options.watch && format != analysis::Format::text)
    throw UsageError("--watch shows text: leave --format out, or call irmae status again and again");
  if (options.watch) return watch(options.folder, states);
  const GridStatus grid = read_grid(options.folder);
  if (grid.cells.empty() && grid.problems.empty())
    throw Error(fmt::format("{}: no cells there; irmae run MANIFEST -o DIR makes some", options.folder));
  fmt::print("{}", format == analysis::Format::text ? status_text(grid.cells, states)
                                                    : analysis::render(status_table(grid.cells, states, format), format));
  return tell_problems(grid);
}

}  // namespace

void add_status(CommandLine& program) {
  auto options = std::make_shared<StatusOptions>();
  Command command = program.command("status", "Show how the cells of a grid stand: done, running, failed, ...");
  command.option("folder", options->folder, "output folder (irmae run -o), a manifest's folder in it, or a cell's").required();
  command.flag("--watch", options->watch,
               "look every 2 s until nothing runs or is queued; a minute longer while something waits");
  command.option("--format", options->format, "how it is printed").one_of(analysis::format_names()).with_default_shown();
  command.option("--state", options->states, "only cells in these states, e.g. failed,dead")
      .separated_by(',')
      .one_of(progress_names());
  command.footer(
      "States:\n"
      "  done: its run.h5 is there\n"
      "  running: said so within the last 30 s\n"
      "  dead: said so last, but no longer does, or its process or Slurm job is gone; start the same command again\n"
      "  stopped: by a signal, with a checkpoint; goes on when it is started again\n"
      "  failed: the note is its error, or what Slurm says of its job, which ended before the cell began\n"
      "  queued: Slurm has a job for it\n"
      "  waiting: not begun\n"
      "  unreadable: its folder is closed to you");
  command.runs([options] { return show_status(*options); });
}

}  // namespace irmae::launchers
