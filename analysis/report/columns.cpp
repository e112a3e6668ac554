// SPDX-License-Identifier: MIT
#include "analysis/report/columns.h"

#include <algorithm>
#include <string>
#include <vector>

#include "analysis/chosen_columns.h"
#include "analysis/configurations.h"

namespace irmae::analysis::report_page {

namespace {

bool is_of_model(const std::string& column) {
  return column == "data" || column == "method" || column == "linear_layers" || column == "latent";
}

/// How a configuration names the data set or latent size of a row: "mnist", "n=64"; empty: it has none.
std::string in_configuration(const Value& value) {
  if (const auto* size = std::get_if<std::int64_t>(&value)) return "n=" + std::to_string(*size);
  const auto* name = std::get_if<std::string>(&value);
  return name ? *name : "";
}

bool is_told(const Table& table, const std::string& column) {
  if (column == "method" || column == "linear_layers") return true;
  const std::size_t own = table.place_of(column), configuration = table.place_of("configuration");
  const auto same = [&](const std::vector<Value>& row) { return row.at(own) == table.rows.front().at(own); };
  const auto named = [&](const std::vector<Value>& row) {
    const auto* label = std::get_if<std::string>(&row.at(configuration));
    return label && has_words(*label, in_configuration(row.at(own)));
  };
  return std::ranges::all_of(table.rows, same) || std::ranges::all_of(table.rows, named);
}

}  // namespace

void leave_out_told(Table& table, const Table& all) {
  std::vector<std::string> kept = table.columns;
  std::erase_if(kept, [&](const std::string& column) { return is_of_model(column) && is_told(all, column); });
  keep_columns(table, kept);
}

void put_models_last(Table& table) {
  std::vector<std::string> order = table.columns;
  std::ranges::stable_partition(order, [](const std::string& column) { return !is_of_model(column); });
  keep_columns(table, order);
}

std::string take_out_shared(Table& table, const std::vector<std::string>& columns) {
  if (table.rows.empty()) return "";
  std::string told;
  std::vector<std::string> kept = table.columns;
  for (const std::string& column : columns) {
    const auto place = table.find(column);
    if (!place) continue;
    const Value& first = table.rows.front().at(*place);
    if (is_missing(first) || !std::ranges::all_of(table.rows, [&](const auto& row) { return row.at(*place) == first; }))
      continue;
    told += (told.empty() ? "" : ", ") + column + " " + short_text(first);
    std::erase(kept, column);
  }
  keep_columns(table, kept);
  return told;
}

}  // namespace irmae::analysis::report_page
