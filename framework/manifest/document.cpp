// SPDX-License-Identifier: MIT
#include "framework/manifest/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "framework/manifest/nearest.h"
#include "storage/error.h"
#include "storage/system/files.h"
#include "storage/text/toml.h"
#include "storage/text/utf8.h"

namespace irmae::manifest {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLargestFile = std::size_t{64} << 20;  // a frozen plan of 100,000 cells has half of that
/// Each takes some 200 bytes once it is read. A frozen plan of 100,000 cells has a quarter of them.
constexpr std::ptrdiff_t kMostValues = 4'000'000;
constexpr std::size_t kMostDots = 64;
constexpr std::size_t kMostKeys = 10'000;
constexpr std::string_view kTables[] = {"data", "model", "train", "evaluate"};  ///< of a cell's parameters

/// What is said of a list that stands where one value is wanted: a few numbers may be one value, too, which is their text.
std::string list_words(const toml::array& list) {
  constexpr std::size_t kMostShown = 10;
  if (list.empty()) return " (a list belongs into [grid])";
  std::string text;
  for (const toml::node& one : list) {
    const auto* integer = one.as_integer();
    if (!integer || list.size() > kMostShown) return " (a list belongs into [grid])";
    text += fmt::format("{}{}", text.empty() ? "" : " ", integer->get());
  }
  return fmt::format(" (a list belongs into [grid]; where one value is several numbers, it is a text: \"{}\")", text);
}

/// Reads nodes of one file and knows how to name their places.
class Source {
 public:
  Source(std::string name, Problems& problems) : name_(std::move(name)), problems_(problems) {}

  /// An argument has one place, whatever it holds.
  static Source of_argument(std::string where, Problems& problems) {
    Source source(std::move(where), problems);
    source.positions_ = false;
    return source;
  }

  std::string where(const toml::source_region& region) const {
    return positions_ ? fmt::format("{}:{}:{}", name_, region.begin.line, region.begin.column) : name_;
  }

  void problem(const toml::source_region& region, const std::string& text) const { problems_.add(where(region) + ": " + text); }

  std::optional<Setting> scalar(const std::string& path, const toml::node& node) const {
    const std::string place = where(node.source());
    if (const auto* flag = node.as_boolean()) return Setting{flag->get(), place};
    if (const auto* integer = node.as_integer()) return Setting{integer->get(), place};
    if (const auto* text = node.as_string()) {
      if (text->get().find('\0') == std::string::npos) return Setting{text->get(), place};
      problem(node.source(), path + ": must not hold the character U+0000");  // the end of a path or an attribute to others
      return {};
    }
    if (const auto* real = node.as_floating_point()) {
      if (std::isfinite(real->get())) return Setting{real->get(), place};
      problem(node.source(), path + ": must be a finite number");
      return {};
    }
    problem(node.source(), path + ": must be a number, a text, true or false" +
                               std::string(node.is_array() ? list_words(*node.as_array()) : ""));
    return {};
  }

  std::optional<Axis> axis(const std::string& path, const toml::node& node) const {
    const auto* list = node.as_array();
    if (!list || list->empty()) {
      problem(node.source(), fmt::format("grid axis {}: must be a list with at least one value", path));
      return {};
    }
    const toml::source_position begin = node.source().begin;
    Axis axis{path, {}, where(node.source()), {begin.line, begin.column}};
    for (const toml::node& value : *list)
      if (auto setting = scalar(path, value)) axis.values.push_back(std::move(*setting));
    if (axis.values.size() != list->size()) return {};
    return axis;
  }

  /// Settings of a table, nested tables as dotted paths.
  void flatten(const toml::table& table, const std::string& prefix, Layer& layer) const {
    for (auto&& [key, node] : table) {
      const std::string path = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
      if (const auto* nested = node.as_table())
        flatten(*nested, path, layer);
      else if (auto setting = scalar(path, node))
        layer[path] = {setting->value, where(key.source())};
      if (layer.size() > kMostKeys)
        throw UsageError(fmt::format("{}: more than {} keys: not a manifest", where(key.source()), kMostKeys));
    }
  }

  void axes(const toml::table& table, const std::string& prefix, std::vector<Axis>& all) const {
    for (auto&& [key, node] : table) {
      const std::string path = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
      if (const auto* nested = node.as_table())
        axes(*nested, path, all);
      else if (auto found = axis(path, node))
        all.push_back(std::move(*found));
    }
  }

 private:
  std::string name_;
  Problems& problems_;
  bool positions_ = true;
};

/// toml++ keeps tables sorted by key; a grid's axes are crossed in the order in which they were written.
void sort_by_place(std::vector<Axis>& axes) { std::ranges::sort(axes, {}, &Axis::place); }

CellEntry read_cell(const Source& source, const toml::table& table) {
  CellEntry cell;
  cell.where = source.where(table.source());
  toml::table settings = table;
  if (const toml::node* name = table.get("name")) {
    const auto* text = name->as_string();
    if (!text || !is_name(text->get()))
      source.problem(name->source(),
                     "cell.name: must be letters, digits, '.', '-', '_', not starting with '.' or '-', at most 100");
    else
      cell.name = text->get();
    settings.erase("name");
  }
  if (const toml::node* id = table.get("id")) {
    const auto* text = id->as_string();
    if (!text || text->get().size() != 64)
      source.problem(id->source(), "cell.id: must be the 64 hexadecimal digits that a frozen plan gives a cell");
    else
      cell.id = text->get();
    settings.erase("id");
    cell.scale = table.get("scale") ? table.get("scale")->value_or(std::string()) : "";
    settings.erase("scale");
  }
  if (const toml::node* grid = table.get("grid")) {
    if (const auto* axes = grid->as_table())
      source.axes(*axes, "", cell.axes);
    else
      source.problem(grid->source(), "cell.grid: must be a table of lists");
    settings.erase("grid");
    sort_by_place(cell.axes);
  }
  source.flatten(settings, "", cell.settings);
  return cell;
}

void read_top_level(const Source& source, const toml::key& key, const toml::node& node, Document& document) {
  const std::string name(key.str());
  if (name == "title") {
    if (!node.is_string()) source.problem(node.source(), "title: must be a text");
  } else if (name == "include") {
    const auto* list = node.as_array();
    if (!list) source.problem(node.source(), "include: must be a list of file names");
    if (!list) return;
    for (const toml::node& entry : *list) {
      if (const auto* text = entry.as_string(); text && text->get().find('\0') == std::string::npos)
        document.includes.emplace_back(text->get(), source.where(entry.source()));
      else
        source.problem(entry.source(), "include: must be a list of file names");
    }
  } else if (name == "scale") {
    if (const auto* text = node.as_string())
      document.scale = text->get(), document.scale_where = source.where(node.source());
    else
      source.problem(node.source(), "scale: must be the name of a [scales.NAME] table");
  } else if (name == "scales") {
    const auto* scales = node.as_table();
    if (!scales) source.problem(node.source(), "scales: must hold tables, [scales.NAME]");
    if (!scales) return;
    for (auto&& [scale, table] : *scales) {
      if (const auto* settings = table.as_table())
        source.flatten(*settings, "", document.scales[std::string(scale.str())]);
      else
        source.problem(table.source(), fmt::format("scales.{}: must be a table", scale.str()));
    }
  } else if (name == "grid") {
    if (const auto* axes = node.as_table())
      source.axes(*axes, "", document.axes);
    else
      source.problem(node.source(), "grid: must be a table of lists");
    sort_by_place(document.axes);
  } else if (name == "cell") {
    const auto* list = node.as_array();
    if (!list || !list->is_homogeneous<toml::table>()) {
      source.problem(node.source(), "cell: write [[cell]], once for each cell");
      return;
    }
    for (const toml::node& entry : *list) document.cells.push_back(read_cell(source, *entry.as_table()));
  } else if (node.is_table()) {
    source.flatten(*node.as_table(), name, document.settings);
  } else if (std::ranges::find(kTables, name) != std::end(kTables)) {
    source.problem(key.source(), fmt::format("{0}: must be one table: write [{0}]", name));
  } else {
    std::vector<std::string> known = {"title", "include", "scale", "scales", "grid", "cell"};
    known.insert(known.end(), std::begin(kTables), std::end(kTables));
    source.problem(key.source(), name + ": unknown key" + did_you_mean(name, known));
  }
}

/// The text of the file, which may be a pipe but no endless device.
std::string read_whole(const fs::path& path) {
  std::error_code error;
  const fs::file_type kind = fs::status(path, error).type();
  if (kind == fs::file_type::character || kind == fs::file_type::block)
    throw UsageError(fmt::format("{}: a device, not a manifest", path.string()));
  const std::string text = storage::read_text(path, kLargestFile + 1);
  if (text.size() > kLargestFile) throw UsageError(fmt::format("{}: larger than 64 MiB: not a manifest", path.string()));
  // Counted in excess, as texts and comments have commas too: no more memory than that, whatever is written.
  const auto ends_value = [](char c) { return c == ',' || c == '\n'; };
  if (std::count_if(text.begin(), text.end(), ends_value) > kMostValues)
    throw UsageError(
        fmt::format("{}: more than {} values: no grid of so many cells can be trained", path.string(), kMostValues));
  return text;
}

/// Where the string that begins at `i` ends, as TOML reads it.
std::size_t end_of_string(std::string_view text, std::size_t i) {
  const char quote = text[i];
  const std::string three(3, quote);
  const bool long_one = text.substr(i).starts_with(three);
  for (i += long_one ? 3 : 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"')
      ++i;
    else if (long_one ? text.substr(i).starts_with(three) : text[i] == quote || text[i] == '\n')
      break;
  }
  i += long_one ? 3 : 1;
  for (int more = 0; long_one && more < 2 && i < text.size() && text[i] == quote; ++more) ++i;  // it may end in quotes
  return i;
}

/// Throws where a key has so many parts that tables nest deeper than the stack reaches: toml++ frees them recursively.
void check_depth(std::string_view text, const fs::path& path) {
  std::size_t dots = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      i = end_of_string(text, i);
      continue;
    }
    if (c == '#') i = std::min(text.find('\n', i), text.size() - 1);
    if (std::string_view("\n=,[]{}").find(text[i]) != std::string_view::npos) dots = 0;
    if (c == '.' && ++dots > kMostDots)
      throw UsageError(fmt::format("{}:{}:1: a key of more than {} parts", path.string(),
                                   1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(i), '\n'),
                                   kMostDots));
    ++i;
  }
}

/// No U+0000, and well-formed UTF-8: what attributes and the resolved manifest can hold.
bool is_plain_text(std::string_view text) { return storage::is_utf8(text) && text.find('\0') == std::string_view::npos; }

}  // namespace

bool is_name(const std::string& text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= 100 && text[0] != '.' && text[0] != '-' &&
         std::all_of(text.begin(), text.end(), allowed);
}

Document read_document(const fs::path& path, Problems& problems) {
  std::string text;
  try {
    text = read_whole(path);
  } catch (const Error& reason) {
    throw UsageError(reason.what());
  }
  check_depth(text, path);
  toml::table table;
  try {
    table = toml::parse(text, path.string());
  } catch (const toml::parse_error& reason) {
    throw UsageError(fmt::format("{}:{}:{}: {}", path.string(), reason.source().begin.line, reason.source().begin.column,
                                 std::string(reason.description())));
  }
  Document document;
  document.path = path;
  const Source source(path.string(), problems);
  for (auto&& [key, node] : table) read_top_level(source, key, node, document);
  return document;
}

Overrides read_overrides(const std::vector<std::string>& arguments, Problems& problems) {
  Overrides overrides;
  for (const std::string& argument : arguments) {
    const std::string where = fmt::format("argument '{}'", argument);
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) {
      problems.add(where + ": write dotted.path=value");
      continue;
    }
    const std::string path = argument.substr(0, equals), value = argument.substr(equals + 1);
    if (!is_plain_text(argument)) {
      problems.add(where + ": must be UTF-8, without U+0000");
      continue;
    }
    check_depth("value = " + value, where);
    const Source source = Source::of_argument(where, problems);
    toml::table parsed;
    try {
      parsed = toml::parse("value = " + value);
    } catch (const toml::parse_error&) {
      parsed.clear();
    }
    if (parsed.size() != 1 && value.starts_with('[')) {
      problems.add(where + R"(: not a list as TOML has it; words in it stand in quotes, as in 'path=["one", "two"]')");
      continue;
    }
    const bool is_date = parsed.size() == 1 && (parsed.get("value")->is_date() || parsed.get("value")->is_time() ||
                                                parsed.get("value")->is_date_time());
    if (parsed.size() != 1 || is_date) {  // a word without quotes; no parameter is a date
      parsed.clear();
      parsed.insert("value", value);
    }
    const toml::node& node = *parsed.get("value");
    if (path == "scale") {
      overrides.scale = node.value_or(std::string(value));
      overrides.scale_where = where;
    } else if (node.is_array()) {
      if (auto axis = source.axis(path, node)) overrides.axes.push_back(std::move(*axis));
    } else if (auto setting = source.scalar(path, node)) {
      setting->word = value;
      overrides.settings[path] = std::move(*setting);
    }
  }
  return overrides;
}

}  // namespace irmae::manifest
