// SPDX-License-Identifier: MIT
// What a table for people leaves out: in a grid of many data sets most cells cannot have most evaluations.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/table.h"

namespace irmae::analysis {

namespace {

constexpr std::size_t kNamed = 3;

/// Of rows; means over seeds have no names of cells.
std::string list_of(const std::vector<std::string>& names) {
  if (names.front().empty()) return fmt::format("{} configuration{}", names.size(), names.size() > 1 ? "s" : "");
  const std::size_t shown = std::min(kNamed, names.size());
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (names.size() > shown) text += fmt::format(" and {} other{}", names.size() - shown, names.size() - shown > 1 ? "s" : "");
  return text;
}

}  // namespace

std::vector<std::string> leave_out_missing(Table& table, const TableKind& kind) {
  const auto place = [&](const std::string& column) {
    return static_cast<std::size_t>(std::find(table.columns.begin(), table.columns.end(), column) - table.columns.begin());
  };
  const std::size_t missing = place("missing"), cell = place("cell");
  if (missing == table.columns.size()) return {};
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
    const auto* name = cell < row.size() ? std::get_if<std::string>(&row[cell]) : nullptr;
    known->second.push_back(name ? *name : "");
    return true;
  });
  const bool needed = std::any_of(table.rows.begin(), table.rows.end(), [&](const std::vector<Value>& row) {
    return !std::holds_alternative<std::monostate>(row[missing]);
  });
  if (!needed) {
    const auto without = [&](auto& all) { all.erase(all.begin() + static_cast<std::ptrdiff_t>(missing)); };
    without(table.columns);
    for (std::vector<Value>& row : table.rows) without(row);
  }
  std::vector<std::string> lines;
  for (const auto& [reason, names] : reasons) lines.push_back(fmt::format("{}: {}", list_of(names), reason));
  return lines;
}

}  // namespace irmae::analysis
