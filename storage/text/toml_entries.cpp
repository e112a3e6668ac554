// SPDX-License-Identifier: MIT
#include "storage/text/toml_entries.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/error.h"
#include "storage/system/files.h"
#include "storage/text/toml.h"

namespace irmae::storage {

namespace fs = std::filesystem;

namespace {

/// 10,000 cells with every parameter are some 10 MB.
constexpr std::uintmax_t kLargestPlan = std::uintmax_t{1} << 28;

std::string_view trimmed(std::string_view text) {
  constexpr const char* kSpace = " \t\r";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool only(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_key(std::string_view text) { return only(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."); }

/// As irmae writes one.
bool is_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  return only(text, "0123456789") && text.size() < 19 && (text[0] != '0' || (text.size() == 1 && !negative));
}

/// The same, with a point or an exponent.
bool is_real(std::string_view text) {
  return only(text, "0123456789+-.e") && text[0] != '+' && text.find_first_of(".e") != std::string_view::npos;
}

/// A whole number or a text on one line without escapes; "" for any other number and a truth value; nothing for anything else.
std::optional<std::string_view> plain_value(std::string_view text) {
  if (is_integer(text)) return text;
  if (is_real(text) || text == "true" || text == "false") return "";
  if (text.size() < 2 || (text[0] != '"' && text[0] != '\'') || text.back() != text[0]) return std::nullopt;
  const std::string_view inside = text.substr(1, text.size() - 2);
  if (inside.find(text[0]) != std::string_view::npos || inside.find('\\') != std::string_view::npos) return std::nullopt;
  return inside;
}

std::string as_text(const toml::node_view<const toml::node>& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  return "";
}

}  // namespace

std::optional<std::vector<TomlEntry>> scan_entries(std::string_view text, std::string_view array,
                                                   const std::vector<std::string>& wanted) {
  const std::string header = fmt::format("[[{}]]", array), nested = fmt::format("[{}.", array);
  std::vector<TomlEntry> entries;
  bool inside = false;
  std::string prefix;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#') continue;
    if (line == header) {
      entries.emplace_back(wanted.size());
      inside = true;
      prefix.clear();
    } else if (line[0] == '[') {
      if (line.back() != ']' || !is_key(line.substr(1, line.size() - 2))) return std::nullopt;
      inside = line.starts_with(nested) && !entries.empty();
      if (inside) prefix = fmt::format("{}.", line.substr(nested.size(), line.size() - nested.size() - 1));
    } else {
      const std::size_t equals = line.find('=');
      if (equals == std::string_view::npos) return std::nullopt;
      const std::string_view key = trimmed(line.substr(0, equals));
      const auto value = plain_value(trimmed(line.substr(equals + 1)));
      if (!is_key(key) || !value) return std::nullopt;
      for (std::size_t i = 0; inside && i < wanted.size(); ++i)
        if (wanted[i].size() == prefix.size() + key.size() && wanted[i].starts_with(prefix) && wanted[i].ends_with(key))
          entries.back()[i] = *value;
    }
  }
  return entries;
}

std::vector<TomlEntry> parse_entries(std::string_view text, const std::string& name, std::string_view array,
                                     const std::vector<std::string>& wanted) {
  std::vector<TomlEntry> entries;
  try {
    const toml::table table = toml::parse(text, name);
    const toml::array* list = table[array].as_array();
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      if (!list->get(i)->is_table()) continue;
      TomlEntry& entry = entries.emplace_back();
      for (const std::string& path : wanted) entry.push_back(as_text(list->get(i)->at_path(path)));
    }
  } catch (const toml::parse_error& reason) {
    throw Error(fmt::format("{}:{}:{}: {}", name, reason.source().begin.line, reason.source().begin.column,
                            std::string(reason.description())));
  }
  return entries;
}

std::vector<TomlEntry> read_entries(const fs::path& path, std::string_view array, const std::vector<std::string>& wanted) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory) return {};
  if (!error && size > kLargestPlan) throw Error(fmt::format("{}: larger than 256 MiB: not a plan", path.string()));
  const std::string text = read_text(path);
  if (auto entries = scan_entries(text, array, wanted)) return *entries;
  return parse_entries(text, path.string(), array, wanted);
}

}  // namespace irmae::storage
