// SPDX-License-Identifier: MIT
// irmae table densities: how well the fitted densities describe validation codes that they have not seen.
#include "analysis/run_table.h"

namespace irmae::analysis::densities_table {
namespace {

const std::vector<std::string> kMeasures{"gaussian", "mixture", "prior"};

Table make(const std::vector<Run>& runs) {
  Table table = run_table({kMeasures, {"components", "missing"}});
  for (const Run& run : runs) {
    const storage::Evaluation found = run.evaluation("samples");
    Row row = run_row(table, run);
    for (const std::string& name : kMeasures) row.set(name, value_of(found.note(name + "_validation_log_likelihood")));
    row.set("components", value_of(found.note("mixture_components"))).set("missing", why_missing(run, found));
  }
  return table;
}

const RegisterTable registered{
    {"densities", "mean log-likelihood (nats) of validation codes under densities fitted to training codes", kMeasures, make}};

}  // namespace
}  // namespace irmae::analysis::densities_table
