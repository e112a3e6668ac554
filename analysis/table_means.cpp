// SPDX-License-Identifier: MIT
// Tables of means over seeds.
#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/configurations.h"
#include "analysis/mean.h"
#include "analysis/shown_columns.h"
#include "analysis/table.h"

namespace irmae::analysis {

namespace {

double number(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nan("");
}

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

/// A row of the kind's own table, and which of some runs it is of.
struct RowOfRun {
  std::vector<Value> values;
  std::size_t run = 0;
};

using Rows = std::vector<RowOfRun>;

Rows rows_of(const TableKind& kind, const std::vector<const Run*>& runs) {
  Rows rows;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    Table table = kind.make(std::vector<Run>(1, *runs[i]));
    for (std::vector<Value>& values : table.rows) rows.push_back({std::move(values), i});
  }
  return rows;
}

/// Rows that agree in everything but their measures, together. Facts that differ, such as the device in a table of costs, split
/// a configuration's runs.
std::vector<Rows> alike_of(const Columns& columns, const Rows& all) {
  const auto same = [&](const std::vector<Value>& a, const std::vector<Value>& b) {
    for (std::size_t k = 0; k < columns.kept.size(); ++k)
      if (!columns.is_measure[k] && a[columns.kept[k]] != b[columns.kept[k]]) return false;
    return true;
  };
  std::vector<Rows> alike;
  for (const RowOfRun& row : all) {
    const auto place = std::ranges::find_if(alike, [&](const Rows& rows) { return same(rows.front().values, row.values); });
    if (place != alike.end())
      place->push_back(row);
    else
      alike.push_back({row});
  }
  return alike;
}

bool has_measure(const Columns& columns, const Rows& rows) {
  return std::ranges::any_of(rows, [&](const RowOfRun& row) {
    for (std::size_t k = 0; k < columns.kept.size(); ++k)
      if (columns.is_measure[k] && !is_missing(row.values[columns.kept[k]])) return true;
    return false;
  });
}

/// Whether facts split the runs: no chain of rows, each with a run of the one before, leads to all of them. Rows by epoch or
/// number of labels, of which each run has one, do not split them, nor do rows that only say why a run has no measure.
bool are_split(const Columns& columns, std::vector<Rows> alike) {
  std::erase_if(alike, [&](const Rows& rows) { return !has_measure(columns, rows); });
  std::set<std::size_t> reached, all;
  for (const Rows& rows : alike)
    for (const RowOfRun& row : rows) all.insert(row.run);
  const auto is_reached = [&](const RowOfRun& row) { return reached.contains(row.run); };
  for (std::size_t before = 0; !all.empty() && (reached.empty() || reached.size() > before);) {
    before = reached.size();
    for (const Rows& rows : alike)
      if (reached.empty() || std::ranges::any_of(rows, is_reached))
        for (const RowOfRun& row : rows) reached.insert(row.run);
  }
  return reached.size() < all.size();
}

/// One row of means from rows that are alike. Their number `n` holds for every mean in it: it is that of the measure that
/// fewest runs have, of those that any has.
std::vector<Value> mean_row(const std::string& label, const Columns& columns, const Rows& rows, std::size_t of) {
  std::vector<Value> mean{label};
  std::size_t n = 0;
  for (std::size_t k = 0; k < columns.kept.size(); ++k) {
    const std::size_t c = columns.kept[k];
    if (!columns.is_measure[k]) {
      mean.push_back(rows.front().values[c]);
      continue;
    }
    std::vector<double> values;
    for (const RowOfRun& row : rows)
      if (const double value = number(row.values[c]); !std::isnan(value)) values.push_back(value);
    if (!values.empty()) n = n == 0 ? values.size() : std::min(n, values.size());
    const Mean found = mean_of(values);
    for (const double one : {found.value, found.deviation}) mean.push_back(std::isnan(one) ? Value() : Value(one));
  }
  mean.emplace_back(static_cast<std::int64_t>(n));
  mean.emplace_back(static_cast<std::int64_t>(of));
  return mean;
}

/// Rows of runs that count as started alone: what they have measured so far is none of the kind's results.
Rows without_measures(const Columns& columns, Rows rows) {
  for (RowOfRun& row : rows)
    for (std::size_t k = 0; k < columns.kept.size(); ++k)
      if (columns.is_measure[k]) row.values[columns.kept[k]] = {};
  return rows;
}

/// The rows of one configuration's runs.
std::vector<std::vector<Value>> mean_rows(const TableKind& kind, const Columns& columns, const std::string& label,
                                          const std::vector<const Run*>& runs) {
  std::vector<const Run*> measured, waiting;
  for (const Run* run : runs) (run->complete || kind.of_unfinished ? measured : waiting).push_back(run);
  // A configuration without a finished run keeps its row: what is missing is seen.
  const bool none = measured.empty();
  if (none) {
    measured.push_back(waiting.front());
    waiting.erase(waiting.begin());
  }
  Rows own = rows_of(kind, measured);
  if (none) own = without_measures(columns, std::move(own));
  const std::vector<Rows> alike = alike_of(columns, own);
  // Runs without any measure, finished or not, may come to be among those that have one, and count there.
  const auto has = [&](const Rows& rows) { return has_measure(columns, rows); };
  std::set<std::size_t> with_measure;
  for (const Rows& rows : alike)
    if (has(rows))
      for (const RowOfRun& row : rows) with_measure.insert(row.run);
  const bool any = !with_measure.empty();
  const std::size_t others = waiting.size() + (any ? measured.size() - with_measure.size() : 0);
  const bool split = others > 0 && are_split(columns, alike);
  std::vector<std::vector<Value>> means;
  for (const Rows& rows : alike) {
    const std::size_t may_join = split || (any && !has(rows)) ? 0 : others;
    means.push_back(mean_row(label, columns, rows, kind.of_unfinished ? runs.size() : rows.size() + may_join));
  }
  if (!split) return means;
  // Nobody knows to which of these rows they will belong, and in each they would count once more.
  for (const Rows& rows : alike_of(columns, without_measures(columns, rows_of(kind, waiting))))
    means.push_back(mean_row(label, columns, rows, rows.size()));
  return means;
}

}  // namespace

Table mean_over_seeds(const TableKind& kind, const std::vector<Run>& runs) {
  const Columns columns = columns_of_means(kind, kind.make({}));
  Table means{columns.names, {}};
  const auto groups = by_configuration(runs);
  // The other columns that name a row do not hold what a grid may vary, such as the learning rate.
  const std::vector<std::string> labels = distinct_labels(groups);
  for (std::size_t i = 0; i < groups.size(); ++i)
    for (std::vector<Value>& row : mean_rows(kind, columns, labels[i], groups[i])) means.rows.push_back(std::move(row));
  return means;
}

}  // namespace irmae::analysis
