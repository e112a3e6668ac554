// SPDX-License-Identifier: MIT
// The picture files that lie in a folder.
#pragma once

#include <filesystem>
#include <vector>

namespace irmae::data {

/// Whether the name ends in .jpg, .jpeg or .png, in letters of either case.
bool is_picture(const std::filesystem::path& path);

/// Those in the folder and below it, sorted. Links are followed, but for those that lead back to where they lie; a link to
/// nothing is among them, for whoever reads it to name.
std::vector<std::filesystem::path> pictures_below(const std::filesystem::path& folder);

}  // namespace irmae::data
