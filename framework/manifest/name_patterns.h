// SPDX-License-Identifier: MIT
// --only: cells by their names.
#pragma once

#include <string>
#include <vector>

#include "storage/error.h"

namespace irmae::manifest {

/// Whether the name matches one of the patterns (*, ?, [abc]), or there are none.
bool matches_any(const std::string& name, const std::vector<std::string>& patterns);

/// What to throw where no cell does. `lister`: the command that lists their names, of those of a manifest irmae plan.
UsageError none_matches(const std::vector<std::string>& patterns, const std::string& lister = "irmae plan");

}  // namespace irmae::manifest
