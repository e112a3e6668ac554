// SPDX-License-Identifier: MIT
// irmae table vae: parts of the evidence bound and active units of variational autoencoders, and how many dimensions codes have
// that are drawn from their posteriors (irmae table ranks has those of the means).
#include <functional>
#include <numeric>
#include <vector>

#include "analysis/effective_rank.h"
#include "analysis/run_table.h"

namespace irmae::analysis::vae_table {
namespace {

const std::vector<std::string> kOfBound{"negative_evidence_bound", "reconstruction", "divergence", "active_units"};
const std::vector<std::string> kOfDrawnCodes{"drawn_entropy_rank", "drawn_count_1e-2"};

std::vector<std::string> measures() {
  std::vector<std::string> all = kOfBound;
  all.insert(all.end(), kOfDrawnCodes.begin(), kOfDrawnCodes.end());
  return all;
}

/// How often the loss counts the divergence for each time that it counts the reconstruction, both in nats a sample; 1 in the
/// evidence bound. The loss has the mean over a sample's numbers, and beta times twice the divergence's mean over the latents.
Value effective_beta(const Run& run) {
  const std::vector<std::int64_t> shape = run.sample_shape();
  const auto* coefficient = std::get_if<double>(storage::find_value(run.identity.parameters, "model.beta"));
  if (shape.empty() || !coefficient || run.latent() < 1) return {};
  const double numbers = std::accumulate(shape.begin(), shape.end(), 1.0, std::multiplies<>());
  return 2 * *coefficient * numbers / static_cast<double>(run.latent());
}

Table make(const std::vector<Run>& runs) {
  Table table = run_table({kOfBound, kOfDrawnCodes, {"effective_beta", "missing"}});
  for (const Run& run : runs) {
    if (!run.has_evidence_bound()) continue;
    const storage::Evaluation found = run.evaluation("vae");  // with its spectrum of drawn codes
    Row row = run_row(table, run);
    for (const std::string& name : kOfBound) row.set(name, value_of(found.note(name)));
    if (const auto* values = storage::values_as<double>(found.array("drawn_spectrum")))
      if (const auto ranks = effective_ranks(*values))
        row.set("drawn_entropy_rank", ranks->entropy).set("drawn_count_1e-2", ranks->count_1e_2);
    row.set("effective_beta", effective_beta(run));
    row.set("missing", why_missing(run, found));
  }
  return table;
}

const RegisterTable registered{{.name = "vae",
                                .help = "evidence bound (nats an image), active units and effective ranks of drawn codes "
                                        "of variational autoencoders",
                                .measures = measures(),
                                .make = make,
                                .nothing = "no run there is a variational autoencoder (model.method = \"vae\")"}};

}  // namespace
}  // namespace irmae::analysis::vae_table
