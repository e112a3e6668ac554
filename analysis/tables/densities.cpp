// SPDX-License-Identifier: MIT
// irmae table densities: how well the fitted densities describe validation codes that they have not seen.
#include "analysis/table.h"

namespace irmae::analysis::densities_table {
namespace {

const std::vector<std::string> kMeasures{"gaussian", "mixture", "prior"};

Table make(const std::vector<Run>& runs) {
  Table table{run_columns(), {}};
  table.columns.insert(table.columns.end(), kMeasures.begin(), kMeasures.end());
  table.columns.insert(table.columns.end(), {"components", "missing", "scale"});
  for (const Run& run : runs) {
    std::vector<Value> row = run_values(run);
    const storage::Evaluation found = run.evaluation("samples");
    for (const std::string& name : kMeasures) row.push_back(value_of(found.note(name + "_validation_log_likelihood")));
    row.push_back(value_of(found.note("mixture_components")));
    row.push_back(why_missing(run, found));
    row.emplace_back(run.scale());
    table.rows.push_back(std::move(row));
  }
  return table;
}

const RegisterTable registered{
    {"densities", "mean log-likelihood (nats) of validation codes under densities fitted to training codes", kMeasures, make}};

}  // namespace
}  // namespace irmae::analysis::densities_table
