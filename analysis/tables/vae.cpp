// SPDX-License-Identifier: MIT
// irmae table vae: parts of the evidence bound and active units of variational autoencoders.
#include "analysis/run_table.h"

namespace irmae::analysis::vae_table {
namespace {

const std::vector<std::string> kMeasures{"negative_evidence_bound", "reconstruction", "divergence", "active_units"};

Table make(const std::vector<Run>& runs) {
  Table table = run_table({kMeasures, {"missing"}});
  for (const Run& run : runs) {
    if (run.method() != "vae") continue;
    const storage::Evaluation found = run.evaluation("vae");
    Row row = run_row(table, run);
    for (const std::string& name : kMeasures) row.set(name, value_of(found.note(name)));
    row.set("missing", why_missing(run, found));
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
