// SPDX-License-Identifier: MIT
// Complete cells whose data have changed since. They are not trained again: a cell's id has its parameters, and not what lies
// in the folders that these name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/manifest/cell.h"

namespace irmae::launchers {

/// One line for each change of data: what `complete` cells of the grid's folder were trained on, and what is there now. Data
/// sets are only looked at, and where that does not tell nothing is said.
std::vector<std::string> changes_of_data(const std::vector<const manifest::Cell*>& complete,
                                         const std::filesystem::path& folder);

}  // namespace irmae::launchers
