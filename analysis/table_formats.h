// SPDX-License-Identifier: MIT
// A table of named columns, and the formats in which it is printed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace irmae::analysis {

/// A value in a table: missing, a whole number, a real number, or a text.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

/// Whether there is nothing to write: no value, or a number that is not finite.
bool is_missing(const Value& value);
/// A value as people read it: real numbers with four significant digits. `none` where it is missing.
std::string short_text(const Value& value, const std::string& none = "-");
/// A value as machines read it: real numbers with every digit. Empty where it is missing.
std::string exact_text(const Value& value);

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
  std::vector<std::string> left_out{};  ///< what people read below it: one line a reason

  /// Where the column of this name stands, from 0; nothing where there is none.
  std::optional<std::size_t> find(const std::string& column) const;
  /// Where the column of this name stands, from 0. Throws std::logic_error where there is none.
  std::size_t place_of(const std::string& column) const;
  /// Takes the column at this place out.
  void erase(std::size_t place);
};

enum class Format { text, markdown, csv, latex, json };
/// The names by which users ask for formats, in the order of Format.
const std::vector<std::string>& format_names();
/// The format of this name. Throws UsageError naming it where it is none of format_names().
Format format_of(const std::string& name);
/// Whether people read tables in this format (text, Markdown, LaTeX) or machines (CSV, JSON).
bool is_for_people(Format format);
/// A table as text: for machines as it is, with all digits; for people with four significant ones and in the columns that they
/// read, where means have the digits that their deviations leave known.
std::string render(const Table& table, Format format);

}  // namespace irmae::analysis
