// SPDX-License-Identifier: MIT
// Tables of runs in the making: cells are set by their column's name, so that the order of columns is said once.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <vector>

#include "analysis/run_set.h"
#include "analysis/table.h"

namespace irmae::analysis {

/// A new last row of a table, which has to outlive it. Cells that are never set are missing.
class Row {
 public:
  explicit Row(Table& table);

  /// Puts a value into the cell below this column's name. Throws std::logic_error where the table has no such column.
  Row& set(const std::string& column, Value value);

 private:
  Table& table_;
  std::size_t row_;
};

/// A table of runs without rows: first which run a row is of (cell, data, method, linear_layers, latent, seed, id), then these
/// columns, last the run's scale.
Table run_table(std::initializer_list<std::vector<std::string>> columns);

/// A new last row of a run_table in which everything but the table's own columns is set: `id` to 8 digits.
Row run_row(Table& table, const Run& run);

/// Which codes of a VAE, or of another method with evaluate.vae_codes, an evaluation used: "drawn" or "mean". Missing for
/// methods without the key, and where nothing was measured.
Value codes_of_vae(const Run& run, const storage::Evaluation& found);

}  // namespace irmae::analysis
