// SPDX-License-Identifier: MIT
// irmae table vae: parts of the evidence bound and active units of variational autoencoders.
#include <functional>
#include <numeric>
#include <vector>

#include "analysis/run_table.h"

namespace irmae::analysis::vae_table {
namespace {

const std::vector<std::string> kMeasures{"negative_evidence_bound", "reconstruction", "divergence", "active_units"};

/// How often the loss counts the divergence for each time that it counts the reconstruction, both in nats a sample; 1 in the
/// evidence bound. The loss has the mean over a sample's numbers, and beta times twice the divergence's mean over the latents.
Value effective_beta(const Run& run) {
  const std::vector<std::int64_t> shape = run.sample_shape();
  const auto beta = run.parameter("model.beta");
  const auto* coefficient = beta ? std::get_if<double>(&*beta) : nullptr;
  if (shape.empty() || !coefficient || run.latent() < 1) return {};
  const double numbers = std::accumulate(shape.begin(), shape.end(), 1.0, std::multiplies<>());
  return 2 * *coefficient * numbers / static_cast<double>(run.latent());
}

Table make(const std::vector<Run>& runs) {
  Table table = run_table({kMeasures, {"effective_beta", "missing"}});
  for (const Run& run : runs) {
    if (!run.has_evidence_bound()) continue;
    const storage::Evaluation found = run.evaluation_notes("vae");
    Row row = run_row(table, run);
    for (const std::string& name : kMeasures) row.set(name, value_of(found.note(name)));
    row.set("effective_beta", effective_beta(run));
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
