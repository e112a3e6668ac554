// SPDX-License-Identifier: MIT
// irmae table densities: how well the fitted densities describe validation codes that they have not seen. The likelihoods
// mostly measure how many directions the codes use, their scale and what is added to the covariances; that a mixture gains on a
// Gaussian does not: an invertible linear map of the codes shifts both alike, as far as what is added lets it.
#include <algorithm>
#include <numeric>

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

/// Principal directions in which the codes vary by less than what is added to the diagonal of covariances. That is a share of
/// the mean variance of the training codes, for which that of the validation codes stands, whose spectrum a run has.
Value below_floor(const Run& run) {
  const auto parameter = run.parameter("evaluate.covariance_floor");
  const auto* share = parameter ? std::get_if<double>(&*parameter) : nullptr;
  if (!share || run.spectrum.empty()) return {};
  const double sum = std::accumulate(run.spectrum.begin(), run.spectrum.end(), 0.0);
  const double floor = *share * sum / static_cast<double>(run.spectrum.size());
  return std::int64_t{std::ranges::count_if(run.spectrum, [&](double variance) { return variance < floor; })};
}

Table make(const std::vector<Run>& runs) {
  Table table = run_table({kMeasures, {"components", "missing"}});
  for (const Run& run : runs) {
    const storage::Evaluation found = run.evaluation("samples");
    Row row = run_row(table, run);
    for (const std::string& name : kDensities) row.set(name, value_of(found.note(likelihood_of(name))));
    row.set("mixture_gain", gain_of(found));
    if (found.note(likelihood_of("gaussian"))) row.set("below_floor", below_floor(run));
    row.set("components", value_of(found.note("mixture_components"))).set("missing", why_missing(run, found));
  }
  return table;
}

const RegisterTable registered{
    {"densities",
     "mean log-likelihood (nats) of validation codes under densities fitted to training codes; between methods only mixture_gain "
     "compares",
     kMeasures, make}};

}  // namespace
}  // namespace irmae::analysis::densities_table
