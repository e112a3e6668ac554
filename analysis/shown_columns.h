// SPDX-License-Identifier: MIT
// A table's columns as people read them: a mean and its deviation are one, and so are the runs of a mean and those started.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "analysis/rounded_mean.h"
#include "analysis/table_formats.h"

namespace irmae::analysis {

/// The name of the column that has the standard deviations of this one: NAME_sd.
std::string deviation_of(const std::string& column);

/// A column as people read it. Its name is that of its values.
struct ShownColumn {
  std::size_t value;                       ///< where the values stand
  std::optional<std::size_t> deviation{};  ///< where the deviations of these stand, if they are means
  std::optional<std::size_t> of{};         ///< where it stands of how many runs they are, if they count runs
};

/// All columns of a table, in its order.
std::vector<ShownColumn> shown_columns(const Table& table);

/// The mean that a row has in this column, rounded for people; nothing where it has no deviation to write, and the value stands
/// alone.
std::optional<RoundedMean> mean_in(const std::vector<Value>& row, const ShownColumn& column);

}  // namespace irmae::analysis
