// SPDX-License-Identifier: MIT
// Which colour a configuration has in a figure.
#pragma once

#include <vector>

#include "analysis/run_set.h"

namespace irmae::analysis {

/// Series::colour for each group of by_configuration. A method of the paper has the same one in every figure, other methods
/// follow by their names; where a panel has few methods, no two share a colour. Further configurations of a method differ in
/// dashes and marks. The places in `groups` where all are of one method, or where these styles do not suffice.
std::vector<int> colours_of(const std::vector<std::vector<const Run*>>& groups);

}  // namespace irmae::analysis
