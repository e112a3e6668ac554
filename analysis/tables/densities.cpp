// SPDX-License-Identifier: MIT
// irmae table densities: how well the fitted densities describe validation codes that they have not seen. The likelihoods
// mostly measure how many directions the codes use, their scale and what is added to the covariances; what a mixture gains on a
// Gaussian is free of the codes' scale, but not of how many codes there are for the numbers of its covariances.
#include "analysis/run_table.h"

namespace irmae::analysis::densities_table {
namespace {

const std::vector<std::string> kDensities{"gaussian", "mixture", "prior"};
const std::vector<std::string> kMeasures{"gaussian", "mixture", "prior", "mixture_gain", "below_floor"};

std::string likelihood_of(const std::string& density) { return density + "_validation_log_likelihood"; }

Value gain_of(const storage::Evaluation& found) {
  const Value gaussian = value_of(found.note(likelihood_of("gaussian"))),
              mixture = value_of(found.note(likelihood_of("mixture")));
  const auto *before = std::get_if<double>(&gaussian), *after = std::get_if<double>(&mixture);
  return before && after ? Value(*after - *before) : Value();
}

Table make(const std::vector<Run>& runs) {
  Table table = run_table({kMeasures, {"codes", "components", "missing"}});
  for (const Run& run : runs) {
    const storage::Evaluation found = run.evaluation_notes("samples");
    Row row = run_row(table, run);
    for (const std::string& name : kDensities) row.set(name, value_of(found.note(likelihood_of(name))));
    row.set("mixture_gain", gain_of(found));
    row.set("below_floor", value_of(found.note("below_floor")));
    row.set("codes", codes_of_vae(run, found));
    row.set("components", value_of(found.note("mixture_components"))).set("missing", why_missing(run, found));
  }
  return table;
}

const RegisterTable registered{
    {"densities",
     "mean log-likelihood (nats) of validation codes under densities fitted to training codes; only mixture_gain is free of the "
     "codes' scale",
     kMeasures, make}};

}  // namespace
}  // namespace irmae::analysis::densities_table
