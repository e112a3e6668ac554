// SPDX-License-Identifier: MIT
// Everything that is wrong with a manifest, told at once.
#pragma once

#include <string>
#include <vector>

namespace irmae::manifest {

class Problems {
 public:
  /// Kept as one line of at most 2,000 bytes, without control characters, whatever the manifest holds. The same line is kept
  /// once, however many cells it concerns. Throws what throw_if_any throws when there are so many
  /// that looking for more is a waste.
  void add(const std::string& problem);
  bool any() const { return !lines_.empty(); }
  /// Throws UsageError with all lines (at most 20) when there are any.
  void throw_if_any() const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace irmae::manifest
