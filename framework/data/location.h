// SPDX-License-Identifier: MIT
// Where the files of a data set are: data.root, else the environment's IRMAE_DATA.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/manifest/cell.h"
#include "framework/manifest/schema.h"

namespace irmae::data {

/// The first of root/name for these names, then root itself, that holds something called `marker` (a file, a folder, or a
/// file with .gz behind it). Throws Absent naming where was looked and how to set it.
std::filesystem::path find_folder(const manifest::Cell& cell, const std::vector<std::string>& names, const std::string& marker);

/// The key data.root, the folder where data sets are looked for.
manifest::Key root_key();

}  // namespace irmae::data
