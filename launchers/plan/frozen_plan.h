// SPDX-License-Identifier: MIT
// The plan as it was when cells were first asked for: DIR/<manifest>/<manifest>.toml, itself a manifest with one [[cell]]
// for each cell, its id and every parameter. It tells which cells belong to a folder, also those that never started, and
// lets a cluster's jobs run exactly what was submitted, whatever happens to the manifest meanwhile.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/manifest/manifest.h"

namespace irmae::launchers {

/// Adds the cells of `plan` to the frozen plan in `place`, a folder of runs (DIR/<manifest>). What it already has stays, but
/// for cells of the same names with other parameters, which these replace; it says which of them were unfinished. Writes
/// nothing when it has all of them. Returns the file's path. Several processes may do it at once. Throws Error.
std::filesystem::path freeze_plan(const std::filesystem::path& place, const manifest::Plan& plan);

struct FoundPlans {
  std::vector<std::filesystem::path> files;  ///< sorted, at least one
  std::vector<std::string> problems;         ///< one line for each place that could not be looked at, where one may be
};

/// Frozen plans at or directly below `folder`. Throws UsageError when none is found.
FoundPlans find_frozen_plans(const std::filesystem::path& folder);

}  // namespace irmae::launchers
