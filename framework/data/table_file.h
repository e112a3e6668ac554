// SPDX-License-Identifier: MIT
// Comma-separated tables with a heading (RFC 4180): the labels and splits that a user gives to a folder of images.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace irmae::data {

/// A comma-separated table. Blanks around a field that stands in no quotes are not part of it.
struct TableFile {
  std::string path;  ///< for messages
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  ///< each as long as `columns`
  std::vector<std::size_t> lines;              ///< where each row begins in the file, from 1

  /// Place of a column, whose name may be in letters of either case, or -1. Throws Error where two have the name.
  int column(const std::string& name) const;
};

/// Reads a comma-separated table with a heading. Throws Error naming the file and the line: unreadable, UTF-16, no heading, or
/// a row of another length.
TableFile read_table(const std::filesystem::path& path);

}  // namespace irmae::data
