// SPDX-License-Identifier: MIT
#include "analysis/shown_columns.h"

#include <algorithm>

namespace irmae::analysis {

std::string deviation_of(const std::string& column) { return column + "_sd"; }

std::vector<ShownColumn> shown_columns(const Table& table) {
  const auto is_of_another = [&](const std::string& name) {
    return (name == "of" && table.find("n")) ||
           std::ranges::any_of(table.columns, [&](const std::string& column) { return deviation_of(column) == name; });
  };
  std::vector<ShownColumn> shown;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const std::string& name = table.columns[c];
    if (!is_of_another(name))
      shown.push_back({c, table.find(deviation_of(name)), name == "n" ? table.find("of") : std::nullopt});
  }
  return shown;
}

std::optional<RoundedMean> mean_in(const std::vector<Value>& row, const ShownColumn& column) {
  if (!column.deviation) return std::nullopt;
  const auto *mean = std::get_if<double>(&row.at(column.value)), *deviation = std::get_if<double>(&row.at(*column.deviation));
  return mean && deviation ? rounded({*mean, *deviation}) : std::nullopt;
}

}  // namespace irmae::analysis
