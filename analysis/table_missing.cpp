// SPDX-License-Identifier: MIT
// What a table for people leaves out: in a grid of many data sets most cells cannot have most evaluations, and names tell most
// runs apart.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analysis/table.h"

namespace irmae::analysis {

namespace {

constexpr std::size_t kNamed = 3;

/// The number of columns where there is none of this name.
std::size_t place_of(const Table& table, const std::string& column) {
  return static_cast<std::size_t>(std::ranges::find(table.columns, column) - table.columns.begin());
}

void erase_column(Table& table, std::size_t place) {
  const auto without = [&](auto& all) { all.erase(all.begin() + static_cast<std::ptrdiff_t>(place)); };
  without(table.columns);
  for (std::vector<Value>& row : table.rows) without(row);
}

std::string list_of(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(kNamed, names.size());
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (names.size() > shown) text += fmt::format(" and {} other{}", names.size() - shown, names.size() - shown > 1 ? "s" : "");
  return text;
}

}  // namespace

void leave_out_missing(Table& table, const TableKind& kind) {
  const auto place = [&](const std::string& column) { return place_of(table, column); };
  const std::size_t missing = place("missing");
  if (missing == table.columns.size()) return;
  // Means over seeds are of no one cell.
  const std::size_t name = std::min(place("cell"), place("configuration"));
  std::vector<std::size_t> measures;
  for (const std::string& measure : kind.measures) measures.push_back(place(measure));

  std::vector<std::pair<std::string, std::vector<std::string>>> reasons;
  std::erase_if(table.rows, [&](const std::vector<Value>& row) {
    const auto* reason = std::get_if<std::string>(&row[missing]);
    if (!reason || *reason == kNotFinished) return false;
    for (const std::size_t measure : measures)
      if (!std::holds_alternative<std::monostate>(row[measure])) return false;
    auto known = std::find_if(reasons.begin(), reasons.end(), [&](const auto& one) { return one.first == *reason; });
    if (known == reasons.end()) known = reasons.insert(known, {*reason, {}});
    known->second.push_back(std::get<std::string>(row.at(name)));
    return true;
  });
  const bool needed = std::any_of(table.rows.begin(), table.rows.end(), [&](const std::vector<Value>& row) {
    return !std::holds_alternative<std::monostate>(row[missing]);
  });
  if (!needed) erase_column(table, missing);
  for (const auto& [reason, names] : reasons) table.left_out.push_back(fmt::format("{}: {}", list_of(names), reason));
}

void leave_out_ids(Table& table) {
  const std::size_t name = place_of(table, "cell"), id = place_of(table, "id");
  if (std::max(name, id) == table.columns.size()) return;
  std::map<Value, Value> ids;
  for (const std::vector<Value>& row : table.rows)
    if (ids.try_emplace(row[name], row[id]).first->second != row[id]) return;
  erase_column(table, id);
}

}  // namespace irmae::analysis
