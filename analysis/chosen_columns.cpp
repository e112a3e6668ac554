// SPDX-License-Identifier: MIT
#include "analysis/chosen_columns.h"

#include <algorithm>

#include "analysis/shown_columns.h"
#include "framework/manifest/nearest.h"
#include "storage/error.h"

namespace irmae::analysis {

std::vector<std::string> chosen_columns(const std::vector<std::string>& named, const std::vector<std::string>& known,
                                        bool for_people) {
  const auto is_in = [](const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  std::vector<std::string> chosen;
  for (const std::string& name : named) {
    if (!is_in(known, name)) throw UsageError("--columns: " + manifest::not_one_of(name, known));
    if (is_in(chosen, name)) continue;
    chosen.push_back(name);
    const std::string partner = for_people && name == "n" ? "of" : deviation_of(name);
    if (is_in(known, partner) && !is_in(named, partner)) chosen.push_back(partner);
  }
  return chosen;
}

void keep_columns(Table& table, const std::vector<std::string>& columns) {
  std::vector<std::size_t> places;
  for (const std::string& column : columns) places.push_back(table.place_of(column));
  for (std::vector<Value>& row : table.rows) {
    std::vector<Value> kept;
    for (const std::size_t place : places) kept.push_back(row.at(place));
    row = std::move(kept);
  }
  table.columns = columns;
}

}  // namespace irmae::analysis
