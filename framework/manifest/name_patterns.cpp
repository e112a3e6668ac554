// SPDX-License-Identifier: MIT
#include "framework/manifest/name_patterns.h"

#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>

namespace irmae::manifest {

bool matches_any(const std::string& name, const std::vector<std::string>& patterns) {
  const auto matches = [&](const std::string& pattern) { return fnmatch(pattern.c_str(), name.c_str(), 0) == 0; };
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), matches);
}

UsageError none_matches(const std::vector<std::string>& patterns, const std::string& lister) {
  return UsageError(fmt::format("no cell's name matches --only '{}'; {} lists them", fmt::join(patterns, ","), lister));
}

}  // namespace irmae::manifest
