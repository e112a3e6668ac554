// SPDX-License-Identifier: MIT
// The table that a user gives to a folder of pictures: which of them there are, their labels and their splits.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "storage/split.h"

namespace irmae::data {

struct Picture {
  std::filesystem::path file;             ///< below the folder
  std::string label{};                    ///< empty: none
  std::optional<storage::Split> split{};  ///< nothing: not said
};

/// What of a folder's pictures is taken.
struct PictureSelection {
  std::vector<Picture> pictures{};
  std::string remark{};                         ///< what a user may miss among them; empty: nothing
  std::vector<std::filesystem::path> unused{};  ///< files below the folder that the user names to be left out
};

/// The pictures below `folder` that a CSV file names in its column `file`, with `label` and `split` (train, validation, unused)
/// where it has these columns; unused ones stand apart. Other columns are the remark. Throws Error naming the line: what
/// read_table refuses, no column `file`, an empty field in it, another word for a split, a file that is or may be in both
/// splits, by whatever names, or too few pictures in one.
PictureSelection pictures_in_table(const std::filesystem::path& path, const std::filesystem::path& folder);

}  // namespace irmae::data
