// SPDX-License-Identifier: MIT
#include "analysis/table_formats.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string_view>

#include "analysis/shown_columns.h"
#include "storage/error.h"
#include "storage/text/json_text.h"
#include "storage/text/utf8.h"
#include "storage/text/words_of.h"

namespace irmae::analysis {

namespace {

constexpr auto kFormats = storage::words_of<Format::json>({"text", "md", "csv", "latex", "json"});

/// A cell as people read it, in UTF-8.
std::string shown_text(const std::vector<Value>& row, const ShownColumn& column) {
  if (const auto mean = mean_in(row, column)) return to_text(*mean);
  const std::string text = short_text(row[column.value]);
  return column.of ? text + "/" + short_text(row[*column.of]) : text;
}

std::string aligned(const Table& table) {
  const std::vector<ShownColumn> columns = shown_columns(table);
  std::vector<std::vector<std::string>> lines;
  // Of rows that are left out alone there is no heading.
  if (!table.rows.empty() || table.left_out.empty()) {
    std::vector<std::string>& heading = lines.emplace_back();
    for (const ShownColumn& column : columns) heading.push_back(table.columns[column.value]);
  }
  for (const auto& row : table.rows) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const ShownColumn& column : columns) line.push_back(shown_text(row, column));
  }
  std::vector<std::size_t> width(columns.size());
  for (const std::vector<std::string>& line : lines)
    for (std::size_t c = 0; c < line.size(); ++c) width[c] = std::max(width[c], storage::utf8_characters(line[c]));
  const auto is_text = [&](std::size_t c) {
    return !table.rows.empty() && std::holds_alternative<std::string>(table.rows.front()[columns[c].value]);
  };
  std::string out;
  for (const std::vector<std::string>& line : lines) {
    std::string text;
    for (std::size_t c = 0; c < line.size(); ++c) {
      const std::string space(width[c] - storage::utf8_characters(line[c]), ' ');
      text += (is_text(c) ? line[c] + space : space + line[c]) + "  ";
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  if (!lines.empty() && !table.left_out.empty()) out += "\n";
  for (const std::string& line : table.left_out) out += "left out: " + line + "\n";
  return out;
}

std::string escaped(const std::string& text, const char* special, const std::string& before) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(special).find(c) != std::string_view::npos) out += before;
    out += c;
  }
  return out;
}

std::string markdown(const Table& table) {
  const std::vector<ShownColumn> columns = shown_columns(table);
  std::string out = "|", rule = "|";
  for (const ShownColumn& column : columns) out += " " + table.columns[column.value] + " |", rule += "---|";
  out += "\n" + rule + "\n";
  for (const auto& row : table.rows) {
    out += "|";
    for (const ShownColumn& column : columns) out += " " + escaped(shown_text(row, column), "|", "\\") + " |";
    out += "\n";
  }
  if (!table.left_out.empty()) out += "\n";
  for (const std::string& line : table.left_out) out += "- left out: " + line + "\n";
  return out;
}

std::string csv(const Table& table) {
  const auto quoted = [](const std::string& text) {
    return text.find_first_of(",\"\n\r") == std::string::npos ? text : "\"" + escaped(text, "\"", "\"") + "\"";
  };
  std::string out;
  for (std::size_t c = 0; c < table.columns.size(); ++c) out += (c ? "," : "") + quoted(table.columns[c]);
  out += "\r\n";
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) out += (c ? "," : "") + quoted(exact_text(row[c]));
    out += "\r\n";
  }
  return out;
}

std::string latex_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\textbackslash{}";
    else if (c == '~')
      out += "\\textasciitilde{}";
    else if (c == '^')
      out += "\\textasciicircum{}";
    else
      out += escaped({c}, "_%&#${}", "\\");
  }
  return out;
}

std::string latex(const Table& table) {
  const std::vector<ShownColumn> columns = shown_columns(table);
  std::string out = fmt::format("\\begin{{tabular}}{{{}}}\n\\toprule\n", std::string(columns.size(), 'l'));
  for (std::size_t c = 0; c < columns.size(); ++c) out += (c ? " & " : "") + latex_text(table.columns[columns[c].value]);
  out += " \\\\\n\\midrule\n";
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const auto mean = mean_in(row, columns[c]);
      out += (c ? " & " : "") + (mean ? to_latex(*mean) : latex_text(shown_text(row, columns[c])));
    }
    out += " \\\\\n";
  }
  out += "\\bottomrule\n\\end{tabular}\n";
  for (const std::string& line : table.left_out) out += "\\par\\noindent left out: " + latex_text(line) + "\n";
  return out;
}

std::string json(const Table& table) {
  std::string out = "[";
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    out += r ? ",\n {" : "\n {";
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const Value& value = table.rows[r][c];
      const bool text = std::holds_alternative<std::string>(value);
      const std::string exact = exact_text(value);
      out += fmt::format("{}{}: {}", c ? ", " : "", storage::json_text(table.columns[c]),
                         text            ? storage::json_text(exact)
                         : exact.empty() ? "null"
                                         : exact);
    }
    out += "}";
  }
  return out + "\n]\n";
}

}  // namespace

bool is_missing(const Value& value) {
  const auto* real = std::get_if<double>(&value);
  return std::holds_alternative<std::monostate>(value) || (real && !std::isfinite(*real));
}

std::string short_text(const Value& value, const std::string& none) {
  if (is_missing(value)) return none;
  const auto* real = std::get_if<double>(&value);
  return real ? fmt::format("{:.4g}", *real) : exact_text(value);
}

std::string exact_text(const Value& value) {
  if (is_missing(value)) return "";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  return std::get<std::string>(value);
}

std::optional<std::size_t> Table::find(const std::string& column) const {
  const auto found = std::ranges::find(columns, column);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

std::size_t Table::place_of(const std::string& column) const {
  if (const auto place = find(column)) return *place;
  throw std::logic_error(fmt::format("a table without the column \"{}\"", column));
}

void Table::erase(std::size_t place) {
  const auto without = [&](auto& all) { all.erase(all.begin() + static_cast<std::ptrdiff_t>(place)); };
  without(columns);
  for (std::vector<Value>& row : rows) without(row);
}

const std::vector<std::string>& format_names() {
  static const std::vector<std::string> names(kFormats.words.begin(), kFormats.words.end());
  return names;
}

Format format_of(const std::string& name) {
  if (const auto format = kFormats.from(name)) return *format;
  throw UsageError(fmt::format("format '{}': none of {}", name, fmt::join(format_names(), ", ")));
}

bool is_for_people(Format format) { return format != Format::csv && format != Format::json; }

std::string render(const Table& table, Format format) {
  switch (format) {
    case Format::text:
      return aligned(table);
    case Format::markdown:
      return markdown(table);
    case Format::csv:
      return csv(table);
    case Format::latex:
      return latex(table);
    case Format::json:
      return json(table);
  }
  return {};
}

}  // namespace irmae::analysis
