// SPDX-License-Identifier: MIT
// Comma-separated tables with a heading (RFC 4180): the labels and splits that a user gives to a folder of images.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace irmae::data {

struct TableFile {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  ///< each as long as `columns`

  /// Place of a column, or -1.
  int column(const std::string& name) const;
};

/// Throws Error naming the file and the line: unreadable, no heading, or a row of another length.
TableFile read_table(const std::filesystem::path& path);

}  // namespace irmae::data
