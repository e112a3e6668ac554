// SPDX-License-Identifier: MIT
// List scheduling: the longest cell first, each on the group of ranks that is free first. At most 4/3 of the best possible
// (Graham 1969).
#pragma once

#include <vector>

namespace irmae::scaling {

struct Placement {
  int group = 0;
  double start = 0;  ///< seconds
};

struct ListSchedule {
  std::vector<Placement> cells;  ///< in the order of the durations given
  double seconds = 0;            ///< until the last one ends
};

ListSchedule longest_first(const std::vector<double>& durations, int groups);

}  // namespace irmae::scaling
