// SPDX-License-Identifier: MIT
// irmae status --watch: how a grid stands, again and again.
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "launchers/status/grid_state.h"

namespace irmae::launchers {

struct WatchTimes {
  std::chrono::milliseconds redraw{2'000};
  /// How long cells may wait while nothing runs or is queued: between two jobs, or while a run reads its data.
  std::chrono::milliseconds patience{60'000};
};

/// Shows the cells in one of `states` (all where it is empty) as long as something runs or is queued, and `patience` longer
/// while something waits. A terminal's screen is overwritten. Returns 1 where not all cells are done then, or a file could not
/// be read.
int watch(const std::filesystem::path& folder, const std::vector<CellProgress>& states, const WatchTimes& times = {});

/// Prints to standard error what is to be known of a grid besides its cells. Returns 1 where something could not be read, else
/// 0.
int tell_problems(const GridStatus& grid);

}  // namespace irmae::launchers
