// SPDX-License-Identifier: MIT
// irmae table ranks: how many dimensions each run's code uses.
#include "analysis/drawing/why_no_figure.h"
#include "analysis/effective_rank.h"
#include "analysis/run_table.h"

namespace irmae::analysis::ranks_table {
namespace {

const std::vector<std::string> kMeasures{"entropy_rank", "participation_ratio", "count_1e-2",
                                         "count_1e-3",   "variance_99",         "validation_reconstruction"};

Table make(const std::vector<Run>& runs) {
  Table table = run_table({kMeasures, {"missing", "validation_codes"}});
  for (const Run& run : runs) {
    Row row = run_row(table, run);
    if (const std::string why = why_no_spectrum(run); !why.empty()) row.set("missing", why);
    if (!run.complete || run.spectrum.empty()) continue;
    if (run.validation_codes > 0) row.set("validation_codes", run.validation_codes);
    if (const auto ranks = effective_ranks(run.spectrum))
      row.set("entropy_rank", ranks->entropy)
          .set("participation_ratio", ranks->participation_ratio)
          .set("count_1e-2", ranks->count_1e_2)
          .set("count_1e-3", ranks->count_1e_3)
          .set("variance_99", ranks->variance_99);
    if (!run.history->empty()) row.set("validation_reconstruction", run.history->back().validation_reconstruction);
  }
  return table;
}

const RegisterTable registered{{"ranks", "effective ranks of the code's covariance", kMeasures, make}};

}  // namespace
}  // namespace irmae::analysis::ranks_table
