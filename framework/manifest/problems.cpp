// SPDX-License-Identifier: MIT
#include "framework/manifest/problems.h"

#include <algorithm>
#include <string_view>

#include "storage/error.h"
#include "storage/text/utf8.h"

namespace irmae::manifest {

namespace {

constexpr std::size_t kMost = 200, kMostTold = 20;
constexpr std::size_t kMostBytes = 2000;  ///< of a line

/// A problem as one line: keys may hold line breaks. Of a long one, as a value of megabytes makes it, the place at its start
/// and the way out at its end stay.
std::string line_of(std::string problem) {
  constexpr std::string_view dots = " ... ";
  if (problem.size() > kMostBytes) {
    std::size_t first = kMostBytes / 2, last = problem.size() - (kMostBytes / 2 - dots.size());
    while (first > 0 && storage::is_within_utf8(problem[first])) --first;
    while (last < problem.size() && storage::is_within_utf8(problem[last])) ++last;
    problem = problem.substr(0, first).append(dots).append(problem, last);
  }
  return storage::printable_in_line(problem);
}

}  // namespace

void Problems::add(const std::string& problem) {
  const std::string line = line_of(problem);
  if (std::find(lines_.begin(), lines_.end(), line) != lines_.end()) return;
  lines_.push_back(line);
  if (lines_.size() >= kMost) throw_if_any();
}

void Problems::throw_if_any() const {
  if (lines_.empty()) return;
  std::string text;
  for (std::size_t i = 0; i < std::min(lines_.size(), kMostTold); ++i) text += (i ? "\n" : "") + lines_[i];
  if (lines_.size() > kMostTold)
    text += "\n... and " + std::to_string(lines_.size() - kMostTold) + (lines_.size() < kMost ? " more" : " or more");
  throw UsageError(text);
}

}  // namespace irmae::manifest
