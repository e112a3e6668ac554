// SPDX-License-Identifier: MIT
// What a table for people leaves out: in a grid of many data sets most cells cannot have most evaluations, and names tell most
// runs apart.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "analysis/table.h"
#include "framework/counted.h"

namespace irmae::analysis {

namespace {

constexpr std::size_t kNamed = 3;

std::string list_of(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(kNamed, names.size());
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (names.size() > shown) text += " and " + counted(names.size() - shown, "other");
  return text;
}

/// How the rows of a table are named below it: by cell, or in means over seeds by configuration.
class Names {
 public:
  explicit Names(const Table& table)
      : configurations_(!table.find("cell")),
        name_(table.place_of(configurations_ ? "configuration" : "cell")),
        id_(table.find("id")),
        data_(table.find("data")),
        started_(configurations_ ? table.find("of") : std::nullopt) {
    for (const std::vector<Value>& row : table.rows) {
      ids_[plain(row)].insert(at(row, id_));
      of_data_[data_of(row)].insert(name_of(row, true));
      most_started_[plain(row)] = std::max(most_started_[plain(row)], started(row));
    }
  }

  /// With its id where the table has several cells of this name; "1 run of AE" where other runs of the configuration have more.
  std::string of(const std::vector<Value>& row) const {
    return is_of_all_runs(row) ? configuration_of(row) : counted(started(row), "run") + " of " + configuration_of(row);
  }
  /// Without how many of its runs.
  std::string configuration_of(const std::vector<Value>& row) const { return name_of(row, ids_.at(plain(row)).size() > 1); }

  /// One row of each that is to be named: "a, b, c and 2 others"; "all 36 cells of shapes" for a data set without an exception.
  std::string all_of(const std::vector<std::vector<Value>>& rows) const {
    std::map<std::string, std::set<std::string>> named;
    for (const std::vector<Value>& row : rows)
      if (is_of_all_runs(row)) named[data_of(row)].insert(name_of(row, true));
    std::vector<std::string> parts, names;
    for (const auto& [data, members] : named)
      if (is_whole(data, members.size()))
        parts.push_back(fmt::format("all {} {} of {}", members.size(), configurations_ ? "configurations" : "cells", data));
    for (const std::vector<Value>& row : rows)
      if (!(is_of_all_runs(row) && is_whole(data_of(row), named[data_of(row)].size())) &&
          std::ranges::find(names, of(row)) == names.end())
        names.push_back(of(row));
    if (!names.empty()) parts.push_back(list_of(names));
    return fmt::format("{}", fmt::join(parts, ", "));
  }

 private:
  static std::string at(const std::vector<Value>& row, std::optional<std::size_t> place) {
    return place ? exact_text(row.at(*place)) : "";
  }
  std::string plain(const std::vector<Value>& row) const { return exact_text(row.at(name_)); }
  std::string data_of(const std::vector<Value>& row) const { return at(row, data_); }
  std::string name_of(const std::vector<Value>& row, bool with_id) const {
    const std::string id = at(row, id_);
    return plain(row) + (with_id && !id.empty() ? fmt::format(" ({})", id) : "");
  }
  std::int64_t started(const std::vector<Value>& row) const {
    const auto* runs = started_ ? std::get_if<std::int64_t>(&row.at(*started_)) : nullptr;
    return runs ? *runs : 0;
  }
  bool is_of_all_runs(const std::vector<Value>& row) const { return started(row) >= most_started_.at(plain(row)); }
  /// Few are named one by one all the same.
  bool is_whole(const std::string& data, std::size_t count) const {
    return !data.empty() && count > kNamed && of_data_.at(data).size() == count;
  }

  bool configurations_;
  std::size_t name_;
  std::optional<std::size_t> id_, data_, started_;
  std::map<std::string, std::set<std::string>> ids_, of_data_;
  std::map<std::string, std::int64_t> most_started_;
};

/// ", with labels 1000, 10000": of the columns that tell a run's rows apart those by which the rows that are `out` differ from
/// what else the table has of the same runs.
std::string which_of(const Table& table, const std::vector<std::string>& keys, const Names& names,
                     const std::vector<std::vector<Value>>& out) {
  std::set<std::string> runs;
  for (const std::vector<Value>& row : out) runs.insert(names.configuration_of(row));
  std::string text;
  for (const std::string& key : keys) {
    const std::size_t place = table.place_of(key);
    std::set<Value> there, here;
    for (const std::vector<Value>& row : table.rows)
      if (runs.contains(names.configuration_of(row))) there.insert(row.at(place));
    for (const std::vector<Value>& row : out) here.insert(row.at(place));
    if (here == there || here.contains(Value())) continue;
    std::vector<std::string> words;
    for (const Value& value : here) words.push_back(exact_text(value));
    text += fmt::format("{} {} {}", text.empty() ? ", with" : " and", key, fmt::join(words, ", "));
  }
  return text;
}

}  // namespace

void leave_out_missing(Table& table, const TableKind& kind) {
  const auto place = table.find("missing");
  if (!place) return;
  const std::size_t missing = *place;
  std::vector<std::size_t> measures;
  for (const std::string& measure : kind.measures) measures.push_back(table.place_of(measure));
  const auto is_left_out = [&](const std::vector<Value>& row) {
    const auto* reason = std::get_if<std::string>(&row[missing]);
    return reason && *reason != kNotFinished &&
           std::ranges::all_of(measures, [&](std::size_t measure) { return is_missing(row[measure]); });
  };

  std::vector<std::pair<std::string, std::vector<std::vector<Value>>>> reasons;
  for (const std::vector<Value>& row : table.rows) {
    if (!is_left_out(row)) continue;
    const std::string& reason = std::get<std::string>(row[missing]);
    auto known = std::ranges::find(reasons, reason, [](const auto& one) { return one.first; });
    if (known == reasons.end()) known = reasons.insert(known, {reason, {}});
    known->second.push_back(row);
  }
  const Names names(table);
  for (const auto& [reason, rows] : reasons)
    table.left_out.push_back(fmt::format("{}{}: {}", names.all_of(rows), which_of(table, kind.keys, names, rows), reason));
  std::erase_if(table.rows, is_left_out);
  const bool needed = std::ranges::any_of(table.rows, [&](const std::vector<Value>& row) { return !is_missing(row[missing]); });
  if (!needed) table.erase(missing);
}

void leave_out_ids(Table& table) {
  const auto name = table.find("cell"), id = table.find("id");
  if (!name || !id) return;
  std::map<Value, Value> ids;
  for (const std::vector<Value>& row : table.rows)
    if (ids.try_emplace(row[*name], row[*id]).first->second != row[*id]) return;
  table.erase(*id);
}

}  // namespace irmae::analysis
