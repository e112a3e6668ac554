// SPDX-License-Identifier: MIT
// The columns of a table that a user names, in the user's order.
#pragma once

#include <string>
#include <vector>

#include "analysis/table_formats.h"

namespace irmae::analysis {

/// The columns that a table must keep to show those that are named, each once. A mean brings its deviations, which stand behind
/// it unless they are named themselves; for people "n" brings "of" in the same way, as they read both in one. Throws UsageError
/// with the `known` names and the nearest where one is none of them.
std::vector<std::string> chosen_columns(const std::vector<std::string>& named, const std::vector<std::string>& known,
                                        bool for_people);

/// Leaves a table these columns alone, in this order. Throws std::logic_error where it lacks one.
void keep_columns(Table& table, const std::vector<std::string>& columns);

}  // namespace irmae::analysis
