// SPDX-License-Identifier: MIT
#include "framework/data/table_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "framework/counted.h"
#include "storage/error.h"
#include "storage/system/files.h"

namespace irmae::data {

namespace {

/// A field while it is read.
struct Field {
  std::string text{};
  std::size_t quoted = 0;  ///< so many of its first characters came from within quotes
  bool in_quotes = false;  ///< it has a part in quotes, maybe an empty one

  bool is_blank() const { return text.find_first_not_of(" \t") == std::string::npos; }

  /// Its text without the blanks around it that are in no quotes.
  std::string trimmed() const {
    const std::size_t last = text.find_last_not_of(" \t"), end = last == std::string::npos ? 0 : last + 1;
    const std::size_t first = in_quotes ? 0 : std::min(text.find_first_not_of(" \t"), end);
    return text.substr(first, std::max(end, quoted) - first);
  }
};

bool same_but_for_case(const std::string& a, const std::string& b) {
  const auto lower = [](unsigned char c) { return std::tolower(c); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

int TableFile::column(const std::string& name) const {
  int found = -1;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!same_but_for_case(columns[i], name)) continue;
    if (found >= 0) throw Error(fmt::format("{}: has the column {} twice", path, name));
    found = static_cast<int>(i);
  }
  return found;
}

TableFile read_table(const std::filesystem::path& path) {
  const std::string text = storage::read_text(path);
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") || text.find('\0') != std::string::npos)  // UTF-16 has both
    throw Error(fmt::format("{}: is not UTF-8: save it as CSV UTF-8", path.string()));
  TableFile table{.path = path.string(), .columns = {}, .rows = {}, .lines = {}};
  std::vector<Field> row(1);
  std::size_t line = 1, begin = 1;
  bool quoted = false;
  const auto end_row = [&] {
    std::vector<std::string> fields;
    for (const Field& field : row) fields.push_back(field.trimmed());
    if (fields.size() == 1 && fields[0].empty()) return;  // an empty line
    if (table.columns.empty()) {
      table.columns = std::move(fields);
    } else if (fields.size() != table.columns.size()) {
      throw Error(fmt::format("{}:{}: {}, but the heading has {}", table.path, line, counted(fields.size(), "field"),
                              table.columns.size()));
    } else {
      table.rows.push_back(std::move(fields));
      table.lines.push_back(begin);
    }
  };
  for (std::size_t i = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool ends_line = c == '\n' || (c == '\r' && !(i + 1 < text.size() && text[i + 1] == '\n'));
    if (quoted && ends_line) ++line;
    Field& field = row.back();
    if (quoted) {
      if (c == '"' && i + 1 < text.size() && text[i + 1] == '"')
        field.text += text[i++];
      else if (c == '"')
        quoted = false;
      else
        field.text += c;
      field.quoted = field.text.size();
    } else if (c == '"' && !field.in_quotes && field.is_blank()) {
      field = {.in_quotes = true};
      quoted = true;
    } else if (c == ',') {
      row.emplace_back();
    } else if (ends_line) {
      end_row();
      row.assign(1, {});
      begin = ++line;
    } else if (c != '\r') {
      field.text += c;
    }
  }
  if (quoted) throw Error(fmt::format("{}:{}: a quote is not closed", table.path, line));
  end_row();
  if (table.columns.empty()) throw Error(fmt::format("{}: has no heading", table.path));
  return table;
}

}  // namespace irmae::data
