// SPDX-License-Identifier: MIT
#include "analysis/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "analysis/configurations.h"
#include "analysis/mean.h"
#include "analysis/shown_columns.h"

namespace irmae::analysis {

namespace {

double number(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nan("");
}

}  // namespace

const std::vector<TableKind>& table_kinds() { return Registry<TableKind>::all(); }

const TableKind& table_kind(const std::string& name) { return Registry<TableKind>::asked_for(name); }

Value value_of(const storage::Scalar* note) {
  if (!note) return {};
  if (const auto* flag = std::get_if<bool>(note)) return std::string(*flag ? "yes" : "no");
  if (const auto* integer = std::get_if<std::int64_t>(note)) return *integer;
  if (const auto* real = std::get_if<double>(note)) return *real;
  return std::get<std::string>(*note);
}

std::vector<std::string> words_of(const storage::Scalar* note) {
  const auto* text = note ? std::get_if<std::string>(note) : nullptr;
  std::istringstream stream(text ? *text : "");
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

Value why_missing(const Run& run, const storage::Evaluation& found) {
  if (!run.complete) return std::string(kNotFinished);
  if (found.arrays.empty() && found.notes.empty()) return std::string("the run has no such evaluation");
  return value_of(found.note("missing"));
}

namespace {

/// `names` are those of the table of means; `kept` and `is_measure` say which columns of the kind's own table they are made of.
struct Columns {
  std::vector<std::string> names;
  std::vector<std::size_t> kept;  ///< places in the kind's own table
  std::vector<bool> is_measure;   ///< of each kept one
};

Columns columns_of_means(const TableKind& kind, const Table& table) {
  Columns columns{{"configuration"}, {}, {}};
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const std::string& name = table.columns[c];
    if (name == "cell" || name == "seed" || name == "id") continue;
    const bool measure = std::find(kind.measures.begin(), kind.measures.end(), name) != kind.measures.end();
    columns.kept.push_back(c);
    columns.is_measure.push_back(measure);
    columns.names.push_back(name);
    if (measure) columns.names.push_back(deviation_of(name));
  }
  columns.names.insert(columns.names.end(), {"n", "of"});
  return columns;
}

using Rows = std::vector<const std::vector<Value>*>;

/// Rows that agree in everything but their measures, together. Facts that differ, such as the device in a table of costs, split
/// a configuration's runs.
std::vector<Rows> alike_of(const Columns& columns, const Table& table) {
  const auto same = [&](const std::vector<Value>& a, const std::vector<Value>& b) {
    for (std::size_t k = 0; k < columns.kept.size(); ++k)
      if (!columns.is_measure[k] && a[columns.kept[k]] != b[columns.kept[k]]) return false;
    return true;
  };
  std::vector<Rows> alike;
  for (const auto& row : table.rows) {
    const auto place = std::find_if(alike.begin(), alike.end(), [&](const Rows& rows) { return same(*rows.front(), row); });
    if (place != alike.end())
      place->push_back(&row);
    else
      alike.push_back({&row});
  }
  return alike;
}

/// One row of means from rows that are alike.
std::vector<Value> mean_row(const std::string& label, const Columns& columns, const Rows& rows, std::size_t of) {
  std::vector<Value> mean{label};
  std::size_t n = 0;
  for (std::size_t k = 0; k < columns.kept.size(); ++k) {
    const std::size_t c = columns.kept[k];
    if (!columns.is_measure[k]) {
      mean.push_back((*rows.front())[c]);
      continue;
    }
    std::vector<double> values;
    for (const auto* row : rows)
      if (const double value = number((*row)[c]); !std::isnan(value)) values.push_back(value);
    n = std::max(n, values.size());
    const Mean found = mean_of(values);
    for (const double one : {found.value, found.deviation}) mean.push_back(std::isnan(one) ? Value() : Value(one));
  }
  mean.emplace_back(static_cast<std::int64_t>(n));
  mean.emplace_back(static_cast<std::int64_t>(of));
  return mean;
}

}  // namespace

Table mean_over_seeds(const TableKind& kind, const std::vector<Run>& runs) {
  const Columns columns = columns_of_means(kind, kind.make({}));
  Table means{columns.names, {}};
  const auto groups = by_configuration(runs);
  // The other columns that name a row do not hold what a grid may vary, such as the learning rate.
  const std::vector<std::string> labels = distinct_labels(groups);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto& group = groups[i];
    std::vector<Run> measured;
    for (const Run* run : group)
      if (run->complete || kind.of_unfinished) measured.push_back(*run);
    // A configuration without a finished run keeps its row: what is missing is seen.
    if (measured.empty()) measured.push_back(*group.front());
    const std::size_t unfinished = group.size() - measured.size();
    const Table table = kind.make(measured);
    for (const Rows& rows : alike_of(columns, table))
      means.rows.push_back(mean_row(labels[i], columns, rows, kind.of_unfinished ? group.size() : rows.size() + unfinished));
  }
  return means;
}

}  // namespace irmae::analysis
