// SPDX-License-Identifier: MIT
#include "launchers/status/watch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "framework/duration.h"
#include "launchers/exit_status.h"
#include "launchers/status/status_text.h"

namespace irmae::launchers {

namespace {

using Clock = std::chrono::steady_clock;

/// Slurm's controller serves everybody: what it said is good for a while, and one that does not answer is left alone
/// longer.
constexpr std::chrono::seconds kKeepQueue{10}, kKeepSilence{60};

AskQueue patient_queue() {
  return [answer = slurm::JobQueue{}, until = Clock::time_point{}]() mutable {
    if (Clock::now() >= until) {
      answer = slurm::ask_squeue();
      until = Clock::now() + (answer.answered ? kKeepQueue : kKeepSilence);
    }
    return answer;
  };
}

bool has(const GridStatus& grid, CellProgress state) {
  return std::any_of(grid.cells.begin(), grid.cells.end(), [&](const CellStatus& cell) { return cell.state == state; });
}

void show(const GridStatus& grid, const std::vector<CellProgress>& states, bool terminal) {
  if (terminal)
    // Line by line over the old one, so that it does not flicker.
    fmt::print("{}", status_screen(grid, states, storage::screen_size(STDOUT_FILENO)));
  else
    fmt::print("{}\n", status_text(grid.cells, states));
  flush_output();  // whoever read it may have gone
}

}  // namespace

int tell_problems(const GridStatus& grid) {
  for (const std::string& note : grid.notes) report(note);
  for (const std::string& problem : grid.problems) report(problem);
  return grid.problems.empty() ? 0 : 1;
}

int watch(const std::filesystem::path& folder, const std::vector<CellProgress>& states, const WatchTimes& times) {
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  const AskQueue queue = patient_queue();
  if (terminal) fmt::print("\033[2J");
  for (Clock::time_point last_sign = Clock::now();; std::this_thread::sleep_for(times.redraw)) {
    const GridStatus grid = read_grid(folder, queue);
    show(grid, states, terminal);
    const bool active = has(grid, CellProgress::running) || has(grid, CellProgress::queued);
    const bool waits = grid.cells.empty() || has(grid, CellProgress::waiting);
    // Where squeue does not answer, queued cells look as if they waited.
    if (active || !grid.notes.empty()) last_sign = Clock::now();
    if (active || (waits && Clock::now() - last_sign < times.patience)) continue;
    const int problems = terminal ? (grid.problems.empty() ? 0 : 1) : tell_problems(grid);
    if (waits)
      report(fmt::format("nothing has run or been queued for {}: irmae run or irmae submit begins what waits",
                         duration(std::chrono::duration<double>(times.patience).count())));
    const auto done = [](const CellStatus& cell) { return cell.state == CellProgress::done; };
    return !waits && std::all_of(grid.cells.begin(), grid.cells.end(), done) ? problems : 1;
  }
}

}  // namespace irmae::launchers
