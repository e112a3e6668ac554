// SPDX-License-Identifier: MIT
// Where runs are, below the folders that a command is given.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace irmae::storage {

/// Files of runs, and where some may be that were not found.
struct FoundRuns {
  std::vector<std::filesystem::path> files;  ///< run.h5, or metrics.h5 of a run that is not finished; each once, sorted by path
  std::vector<std::string> problems;         ///< one line for each place that could not be looked at
};

/// The files of runs at or below each path; a path may be such a file itself. Throws Error where one is not there.
FoundRuns find_run_files(const std::vector<std::string>& paths);

}  // namespace irmae::storage
