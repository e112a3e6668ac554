// SPDX-License-Identifier: MIT
// irmae status DIR
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "framework/manifest/nearest.h"
#include "launchers/analysis_commands.h"
#include "launchers/exit_status.h"
#include "launchers/status/grid_state.h"
#include "launchers/status/status_text.h"

namespace irmae::launchers {

namespace {

using Clock = std::chrono::steady_clock;

struct StatusOptions {
  std::string folder, format = "text";
  std::vector<std::string> states;
  bool watch = false;
};

constexpr std::chrono::seconds kRedraw{2};
/// Slurm's controller serves everybody: what it said is good for a while, and one that does not answer is left alone
/// longer.
constexpr std::chrono::seconds kKeepQueue{10}, kKeepSilence{60};

std::vector<CellProgress> chosen_states(const StatusOptions& options) {
  std::vector<CellProgress> chosen;
  for (const std::string& name : options.states) {
    const auto& names = progress_names();
    const auto place = std::find(names.begin(), names.end(), name);
    if (place == names.end())
      throw UsageError(
          fmt::format("--state: '{}' is not one of {}{}", name, fmt::join(names, ", "), manifest::did_you_mean(name, names)));
    chosen.push_back(static_cast<CellProgress>(place - names.begin()));
  }
  return chosen;
}

int tell_problems(const GridStatus& grid) {
  for (const std::string& note : grid.notes) report(note);
  for (const std::string& problem : grid.problems) report(problem);
  return grid.problems.empty() ? 0 : 1;
}

AskQueue patient_queue() {
  return [answer = SlurmQueue{}, until = Clock::time_point{}]() mutable {
    if (Clock::now() >= until) {
      answer = ask_squeue();
      until = Clock::now() + (answer.answered ? kKeepQueue : kKeepSilence);
    }
    return answer;
  };
}

/// Whether there may be news of the cell without anybody's doing.
bool goes_on(const CellStatus& cell) {
  return cell.state == CellProgress::running || cell.state == CellProgress::queued || cell.state == CellProgress::waiting;
}

/// Shows the grid as long as something runs, is queued or waits; 1 where not all is done then. A terminal's screen is
/// overwritten line by line, so that it does not flicker.
int watch(const StatusOptions& options, const std::vector<CellProgress>& states) {
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  const AskQueue queue = patient_queue();
  if (terminal) fmt::print("\033[2J");
  for (;; std::this_thread::sleep_for(kRedraw)) {
    const GridStatus grid = read_grid(options.folder, queue);
    if (terminal)
      fmt::print("{}", status_screen(grid, states, screen_size()));
    else
      fmt::print("{}\n", status_text(grid.cells, states));
    flush_output();  // whoever read it may have gone
    if (grid.cells.empty() || std::any_of(grid.cells.begin(), grid.cells.end(), goes_on)) continue;
    const int problems = terminal ? (grid.problems.empty() ? 0 : 1) : tell_problems(grid);
    const auto done = [](const CellStatus& cell) { return cell.state == CellProgress::done; };
    return std::all_of(grid.cells.begin(), grid.cells.end(), done) ? problems : 1;
  }
}

int status_of(const StatusOptions& options) {
  const analysis::Format format = analysis::format_of(options.format);
  const std::vector<CellProgress> states = chosen_states(options);
  if (options.watch && format != analysis::Format::text)
    throw UsageError("--watch shows text: leave --format out, or call irmae status again and again");
  if (options.watch) return watch(options, states);
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
  Command command = program.command("status", "How the cells of a grid stand: done, running, failed, ...");
  command.option("folder", options->folder, "output folder (irmae run -o), a manifest's folder in it, or a cell's").required();
  command.flag("--watch", options->watch, "look every 2 s until nothing runs, is queued or waits");
  command.option("--format", options->format, "text, md, csv, latex or json").with_default_shown();
  command.option("--state", options->states, "only cells in these states, e.g. failed,dead").separated_by(',');
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
  command.runs([options] { return status_of(*options); });
}

}  // namespace irmae::launchers
