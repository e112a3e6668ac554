// SPDX-License-Identifier: MIT
// How each cell of a grid stands: from the cells' folders, the frozen plan beside them and Slurm's queue.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "launchers/slurm/slurm_queue.h"
#include "launchers/status/cell_status.h"

namespace irmae::launchers {

struct GridStatus {
  std::vector<CellStatus> cells;      ///< folder by folder, in the plan's order, then those that no plan lists
  std::vector<std::string> problems;  ///< one line for each file or folder that could not be read
  std::vector<std::string> notes;     ///< what else is to be known: squeue did not answer
};

/// Asks for Slurm's queue. A function in place of slurm::ask_squeue may keep an answer for a while.
using AskQueue = std::function<slurm::JobQueue()>;

/// The cells at and below `folder`: an output folder, a manifest's folder in it, or a cell's. The queue is asked only
/// where a cell that is not done has a Slurm job. Throws Error where there is no such folder.
GridStatus read_grid(const std::filesystem::path& folder, const AskQueue& queue = slurm::ask_squeue);

/// Of each of these cells' folders, which need not exist, whether the cell is being trained, as read_grid tells it. The queue
/// is asked only where one says that it is trained in a Slurm job.
std::vector<bool> running_among(const std::vector<std::filesystem::path>& folders);

/// About how long until all that runs or waits is done, at the pace of now; nothing where nothing runs or no pace is
/// known.
std::optional<double> seconds_left(const std::vector<CellStatus>& cells);

}  // namespace irmae::launchers
