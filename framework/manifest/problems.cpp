// SPDX-License-Identifier: MIT
#include "framework/manifest/problems.h"

#include <algorithm>

#include "storage/error.h"

namespace irmae::manifest {

namespace {

constexpr std::size_t kMost = 200, kMostTold = 20;

}  // namespace

void Problems::add(const std::string& line) {
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
