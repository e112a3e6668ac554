// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tests/temporary_folder.h"

namespace irmae::tests {

/// What irmae table prints of the runs below `output`: a heading, and at least one row.
inline std::string csv_table(const std::string& kind, const std::filesystem::path& output) {
  const Result result = run(IRMAE_BINARY_DIR "/irmae table " + kind + " --format csv " + output.string());
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_GT(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
  return result.output;
}

/// Numbers of the last line of a CSV that has no quoted fields, in these columns.
inline std::vector<double> last_numbers(const std::string& csv, const std::vector<std::string>& columns) {
  const auto fields = [](const std::string& line) {
    std::istringstream text(line);
    std::vector<std::string> found;
    for (std::string field; std::getline(text, field, ',');) found.push_back(field.substr(0, field.find('\r')));
    return found;
  };
  std::istringstream lines(csv);
  std::string first, last;
  std::getline(lines, first);
  for (std::string line; std::getline(lines, line);)
    if (line.size() > 1) last = line;
  const auto names = fields(first), values = fields(last);
  std::vector<double> numbers;
  for (const std::string& column : columns) {
    const auto place = std::find(names.begin(), names.end(), column);
    EXPECT_NE(place, names.end()) << column;
    numbers.push_back(std::stod(values.at(static_cast<std::size_t>(place - names.begin()))));
  }
  return numbers;
}

}  // namespace irmae::tests
