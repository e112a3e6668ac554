// SPDX-License-Identifier: MIT
// irmae table vae: parts of the evidence bound and active units of variational autoencoders.
#include "analysis/table.h"

namespace irmae::analysis::vae_table {
namespace {

const std::vector<std::string> kMeasures{"negative_evidence_bound", "reconstruction", "divergence", "active_units"};

Table make(const std::vector<Run>& runs) {
  Table table{run_columns(), {}};
  table.columns.insert(table.columns.end(), kMeasures.begin(), kMeasures.end());
  table.columns.insert(table.columns.end(), {"missing", "scale"});
  for (const Run& run : runs) {
    if (run.method() != "vae") continue;
    std::vector<Value> row = run_values(run);
    const storage::Evaluation found = run.evaluation("vae");
    for (const std::string& name : kMeasures) row.push_back(value_of(found.note(name)));
    row.push_back(why_missing(run, found));
    row.emplace_back(run.scale());
    table.rows.push_back(std::move(row));
  }
  return table;
}

const RegisterTable registered{{.name = "vae",
                                .help = "evidence bound (nats an image) and active units of variational autoencoders",
                                .measures = kMeasures,
                                .make = make,
                                .nothing = "no run there is a variational autoencoder (model.method = \"vae\")"}};

}  // namespace
}  // namespace irmae::analysis::vae_table
