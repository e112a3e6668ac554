// SPDX-License-Identifier: MIT
// irmae table ranks: how many dimensions each run's code uses.
#include "analysis/effective_rank.h"
#include "analysis/table.h"

namespace irmae::analysis {
namespace {

Table make(const std::vector<Run>& runs) {
  Table table{{"cell", "method", "linear_layers", "seed", "entropy_rank", "participation_ratio", "count_1e-2",
               "count_1e-3", "variance_99", "validation_reconstruction"},
              {}};
  for (const Run& run : runs) {
    std::vector<Value> row{run.identity.cell, run.method(), run.linear_layers(), run.seed()};
    if (run.complete && !run.spectrum.empty()) {
      const EffectiveRanks ranks = effective_ranks(run.spectrum);
      row.insert(row.end(), {ranks.entropy, ranks.participation_ratio, std::int64_t{ranks.count_1e_2},
                             std::int64_t{ranks.count_1e_3}, std::int64_t{ranks.variance_99},
                             run.history.back().validation_reconstruction});
    }
    row.resize(table.columns.size());
    table.rows.push_back(std::move(row));
  }
  return table;
}

const RegisterTable registered{{"ranks", "effective ranks of the code's covariance", 4, make, true}};

}  // namespace
}  // namespace irmae::analysis
