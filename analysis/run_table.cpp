// SPDX-License-Identifier: MIT
#include "analysis/run_table.h"

#include <utility>

#include "storage/cell_paths.h"

namespace irmae::analysis {

Row::Row(Table& table) : table_(table), row_(table.rows.size()) { table.rows.emplace_back(table.columns.size()); }

Row& Row::set(const std::string& column, Value value) {
  table_.rows.at(row_).at(table_.place_of(column)) = std::move(value);
  return *this;
}

Table run_table(std::initializer_list<std::vector<std::string>> columns) {
  Table table{{"cell", "data", "method", "linear_layers", "latent", "seed", "id"}, {}};
  for (const std::vector<std::string>& some : columns) table.columns.insert(table.columns.end(), some.begin(), some.end());
  table.columns.emplace_back("scale");
  return table;
}

Row run_row(Table& table, const Run& run) {
  Row row(table);
  row.set("cell", run.identity.cell)
      .set("data", run.data().empty() ? Value() : Value(run.data()))
      .set("method", run.method())
      .set("linear_layers", run.linear_layers())
      .set("latent", value_of(run.parameter("model.latent")))
      .set("seed", run.seed())
      .set("id", storage::short_id(run.identity.id))
      .set("scale", run.scale());
  return row;
}

Value codes_of_vae(const Run& run, const storage::Evaluation& found) {
  if (found.notes.empty() || found.note("missing")) return {};
  return value_of(run.parameter("evaluate.vae_codes"));
}

}  // namespace irmae::analysis
