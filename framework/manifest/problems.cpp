// SPDX-License-Identifier: MIT
#include "framework/manifest/problems.h"

#include <algorithm>

#include "storage/error.h"

namespace irmae::manifest {

void Problems::add(const std::string& line) {
  if (std::find(lines_.begin(), lines_.end(), line) == lines_.end()) lines_.push_back(line);
}

void Problems::throw_if_any() const {
  if (lines_.empty()) return;
  constexpr std::size_t kMost = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(lines_.size(), kMost); ++i) text += (i ? "\n" : "") + lines_[i];
  if (lines_.size() > kMost) text += "\n... and " + std::to_string(lines_.size() - kMost) + " more";
  throw UsageError(text);
}

}  // namespace irmae::manifest
