// SPDX-License-Identifier: MIT
#include "framework/data/table_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/counted.h"
#include "storage/error.h"
#include "storage/files.h"

namespace irmae::data {

int TableFile::column(const std::string& name) const {
  const auto place = std::find(columns.begin(), columns.end(), name);
  return place == columns.end() ? -1 : static_cast<int>(place - columns.begin());
}

TableFile read_table(const std::filesystem::path& path) {
  const std::string text = storage::read_text(path);
  TableFile table;
  std::vector<std::string> row{""};
  std::size_t line = 1;
  bool quoted = false;
  const auto end_row = [&] {
    if (row.size() == 1 && row[0].empty()) return;  // an empty line
    if (table.columns.empty())
      table.columns = row;
    else if (row.size() != table.columns.size())
      throw Error(fmt::format("{}:{}: {}, but the heading has {}", path.string(), line, counted(row.size(), "field"),
                              table.columns.size()));
    else
      table.rows.push_back(row);
  };
  for (std::size_t i = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\n') ++line;
    if (quoted) {
      if (c == '"' && i + 1 < text.size() && text[i + 1] == '"')
        row.back() += text[i++];
      else if (c == '"')
        quoted = false;
      else
        row.back() += c;
    } else if (c == '"' && row.back().empty()) {
      quoted = true;
    } else if (c == ',') {
      row.emplace_back();
    } else if (c == '\n') {
      end_row();
      row = {""};
      ++line;
    } else if (c != '\r') {
      row.back() += c;
    }
  }
  if (quoted) throw Error(fmt::format("{}:{}: a quote is not closed", path.string(), line));
  end_row();
  if (table.columns.empty()) throw Error(fmt::format("{}: has no heading", path.string()));
  return table;
}

}  // namespace irmae::data
