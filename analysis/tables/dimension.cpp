// SPDX-License-Identifier: MIT
// irmae table dimension: estimates of the data's intrinsic dimension side by side: from the nearest neighbours of samples and
// of codes, which no model's spectrum enters, and from where the spectrum of the codes falls most.
#include "analysis/effective_rank.h"
#include "analysis/run_table.h"

namespace irmae::analysis::dimension_table {
namespace {

const std::vector<std::string> kFromNeighbours{"samples_two_nn", "samples_mle", "codes_two_nn", "codes_mle"};
const std::vector<std::string> kFromSpectrum{"drop_after", "drop_factor", "validation_reconstruction"};

std::vector<std::string> measures() {
  std::vector<std::string> all = kFromNeighbours;
  all.insert(all.end(), kFromSpectrum.begin(), kFromSpectrum.end());
  return all;
}

Table make(const std::vector<Run>& runs) {
  Table table = run_table({kFromNeighbours, kFromSpectrum, {"neighbours_of", "repeated", "missing"}});
  for (const Run& run : runs) {
    const storage::Evaluation found = run.evaluation_notes("dimension");
    Row row = run_row(table, run);
    for (const std::string& name : kFromNeighbours) row.set(name, value_of(found.note(name)));
    row.set("neighbours_of", value_of(found.note("samples"))).set("repeated", value_of(found.note("samples_repeated")));
    row.set("missing", why_missing(run, found));
    if (!run.complete || run.spectrum.empty()) continue;
    if (const Drop drop = largest_drop(run.spectrum, run.validation_codes); drop.after > 0)
      row.set("drop_after", static_cast<std::int64_t>(drop.after)).set("drop_factor", drop.factor);
    if (!run.history->empty()) row.set("validation_reconstruction", run.history->back().validation_reconstruction);
  }
  return table;
}

const RegisterTable registered{
    {"dimension", "intrinsic dimension: from nearest neighbours of samples and codes, and where the codes' spectrum falls most",
     measures(), make}};

}  // namespace
}  // namespace irmae::analysis::dimension_table
