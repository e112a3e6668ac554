// SPDX-License-Identifier: MIT
#include "analysis/report/shared_columns.h"

#include <algorithm>

#include "analysis/chosen_columns.h"

namespace irmae::analysis::report_page {

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
