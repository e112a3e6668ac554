// SPDX-License-Identifier: MIT
// What tables and the report are to know of cells that are not done: only folders and frozen plans know of those that have not
// finished an epoch.
#pragma once

#include <string>
#include <vector>

#include "analysis/run_set.h"
#include "launchers/status/grid_state.h"

namespace irmae::launchers {

/// Adds the cells of these folders that are not done to `set`: how each stands; those of a frozen plan as runs without results
/// to `planned`, and to `runs`, too, where they were started and have finished no epoch: a mean over seeds is one of so many
/// that were started, also where one failed at once.
void add_unfinished(const std::vector<std::string>& folders, analysis::RunSet& set, const AskQueue& queue = slurm::ask_squeue);

}  // namespace irmae::launchers
