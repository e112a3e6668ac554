// SPDX-License-Identifier: MIT
// irmae table ranks: how many dimensions each run's code uses.
#include "analysis/effective_rank.h"
#include "analysis/table.h"

namespace irmae::analysis::ranks_table {
namespace {

const std::vector<std::string> kMeasures{"entropy_rank", "participation_ratio", "count_1e-2",
                                         "count_1e-3",   "variance_99",         "validation_reconstruction"};

Table make(const std::vector<Run>& runs) {
  Table table{run_columns(), {}};
  table.columns.insert(table.columns.end(), kMeasures.begin(), kMeasures.end());
  table.columns.insert(table.columns.end(), {"missing", "scale"});
  for (const Run& run : runs) {
    std::vector<Value> row = run_values(run);
    if (run.complete && !run.spectrum.empty()) {
      const EffectiveRanks ranks = effective_ranks(run.spectrum);
      row.insert(row.end(), {ranks.entropy, ranks.participation_ratio, std::int64_t{ranks.count_1e_2},
                             std::int64_t{ranks.count_1e_3}, std::int64_t{ranks.variance_99}});
      if (!run.history.empty()) row.emplace_back(run.history.back().validation_reconstruction);
    }
    row.resize(table.columns.size() - 2);
    row.push_back(run.complete ? Value() : Value(kNotFinished));
    row.emplace_back(run.scale());
    table.rows.push_back(std::move(row));
  }
  return table;
}

const RegisterTable registered{{"ranks", "effective ranks of the code's covariance", kMeasures, make}};

}  // namespace
}  // namespace irmae::analysis::ranks_table
