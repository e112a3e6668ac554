// SPDX-License-Identifier: MIT
// From a TOML file to checked cells: includes, grid axes, named cells, overrides.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/manifest/cell.h"

namespace irmae::manifest {

struct Plan {
  std::string name;   ///< the manifest file's name without .toml
  std::string scale;  ///< the chosen [scales.NAME], empty: none
  std::vector<Cell> cells;
};

/// Reads `file` with its includes, applies `overrides` ("dotted.path=value"), expands the grid and checks every cell.
/// Throws UsageError with file:line:column, the dotted path, what is allowed, and the nearest known name.
Plan load(const std::filesystem::path& file, const std::vector<std::string>& overrides, const Schema& schema);

}  // namespace irmae::manifest
