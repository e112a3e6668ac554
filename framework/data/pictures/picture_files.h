// SPDX-License-Identifier: MIT
// The picture files that lie in a folder.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace irmae::data {

/// Whether the name ends in .jpg, .jpeg or .png, in letters of either case.
bool is_picture(const std::filesystem::path& path);

struct FoundPictures {
  std::vector<std::filesystem::path> files{};  ///< sorted
  std::size_t left_out = 0;                    ///< pictures of types that cannot be read
  std::set<std::string> left_out_endings{};    ///< theirs, such as ".webp"
  /// Further names of folders and pictures that were found under another name before: a picture under two names could be
  /// trained on and measured.
  std::vector<std::filesystem::path> second_names{};
  /// Folders, and pictures of any type, whose names begin with a dot: what programs keep for themselves.
  std::vector<std::filesystem::path> hidden{};

  /// What is left out, in words: "4 pictures of other types are left out (.bmp, .webp)", and the same of hidden and of second
  /// names; empty where nothing is.
  std::string what_is_left_out() const;
  /// Why there are no files: that none were found in `folder`, and what lies there instead.
  std::string why_none(const std::filesystem::path& folder) const;
};

/// Finds the pictures at or below the folder that are not hidden, each once, under the first of its names by path. Links are
/// followed, but for those that lead back to where they lie; a link to nothing is among the pictures, for whoever reads it to
/// name. Throws UnreadableFile naming a folder that cannot be listed.
FoundPictures pictures_below(const std::filesystem::path& folder);

}  // namespace irmae::data
