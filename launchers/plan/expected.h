// SPDX-License-Identifier: MIT
// What is known of a plan's cells before they are trained on this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "launchers/plan/standing.h"

namespace irmae::launchers {

struct Expected {
  const manifest::Cell* cell = nullptr;
  Standing standing;
  cost::Estimate estimate;                 ///< of the whole cell
  double seconds = 0;                      ///< of what is left
  std::optional<std::int64_t> parameters;  ///< nothing where nobody knows the size of its data; then the time means nothing
};

/// What is known of every cell of the plan, in its order; the plan must outlive the result. `output`: the folder of the runs;
/// `ranks`: those that train a cell together.
std::vector<Expected> expect(const manifest::Plan& plan, const std::string& output, int ranks, const cost::CostModel& costs);

}  // namespace irmae::launchers
