// SPDX-License-Identifier: MIT
#include "analysis/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/manifest/nearest.h"
#include "storage/error.h"

namespace irmae::analysis {

namespace {

std::vector<TableKind>& registry() {
  static std::vector<TableKind> all;
  return all;
}

double number(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nan("");
}

}  // namespace

RegisterTable::RegisterTable(TableKind kind) {
  auto& all = registry();
  all.insert(std::lower_bound(all.begin(), all.end(), kind,
                              [](const TableKind& a, const TableKind& b) { return a.name < b.name; }),
             std::move(kind));
}

const std::vector<TableKind>& table_kinds() { return registry(); }

const TableKind& table_kind(const std::string& name) {
  std::vector<std::string> names;
  for (const TableKind& kind : registry()) {
    if (kind.name == name) return kind;
    names.push_back(kind.name);
  }
  std::string all;
  for (const std::string& one : names) all += (all.empty() ? "" : ", ") + one;
  throw UsageError(fmt::format("table: '{}' is not one of {}{}", name, all, manifest::did_you_mean(name, names)));
}

Table mean_over_seeds(const TableKind& kind, const std::vector<Run>& runs) {
  if (!kind.over_seeds) throw UsageError(fmt::format("table {}: --mean has no meaning for it", kind.name));
  Table means;
  for (const auto& group : by_configuration(runs)) {
    std::vector<Run> complete;
    for (const Run* run : group)
      if (run->complete) complete.push_back(*run);
    const Table table = kind.make(complete);
    if (means.columns.empty()) {
      means.columns = {"method", "linear_layers"};
      for (std::size_t c = kind.keys; c < table.columns.size(); ++c) {
        means.columns.push_back(table.columns[c]);
        means.columns.push_back(table.columns[c] + "_sd");
      }
      means.columns.insert(means.columns.end(), {"n", "of"});
    }
    std::vector<Value> row{group.front()->method(), group.front()->linear_layers()};
    for (std::size_t c = kind.keys; c < table.columns.size(); ++c) {
      double sum = 0, squares = 0;
      const auto n = static_cast<double>(table.rows.size());
      for (const auto& one : table.rows) sum += number(one[c]);
      for (const auto& one : table.rows) squares += std::pow(number(one[c]) - sum / n, 2);
      row.push_back(n > 0 ? Value(sum / n) : Value());
      row.push_back(n > 1 ? Value(std::sqrt(squares / (n - 1))) : Value());
    }
    row.emplace_back(static_cast<std::int64_t>(table.rows.size()));
    row.emplace_back(static_cast<std::int64_t>(group.size()));
    means.rows.push_back(std::move(row));
  }
  return means;
}

}  // namespace irmae::analysis
