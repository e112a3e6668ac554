// SPDX-License-Identifier: MIT
// A table of named columns, and its formats.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "analysis/run_set.h"

namespace irmae::analysis {

/// Missing, a whole number, a real number, or a text.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
};

enum class Format { text, markdown, csv, latex, json };
Format format_of(const std::string& name);
std::string render(const Table& table, Format format);

/// A kind of table: one row a run (or an epoch). `keys` leading columns name the row, the others are measured.
struct TableKind {
  std::string name;
  std::string help;
  std::size_t keys;
  std::function<Table(const std::vector<Run>&)> make;
  bool over_seeds;  ///< --mean makes sense
};

const std::vector<TableKind>& table_kinds();
/// Throws UsageError with the nearest name.
const TableKind& table_kind(const std::string& name);

/// One row a configuration: mean, standard deviation (divisor n - 1) and n of each measured column. Unfinished runs count
/// in `of` but not in `n`.
Table mean_over_seeds(const TableKind& kind, const std::vector<Run>& runs);

struct RegisterTable {
  explicit RegisterTable(TableKind kind);
};

}  // namespace irmae::analysis
