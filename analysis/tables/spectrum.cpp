// SPDX-License-Identifier: MIT
// irmae table spectrum: the numbers of irmae plot spectrum, and those of unfinished runs as far as they have come.
#include "analysis/drawing/why_no_figure.h"
#include "analysis/run_table.h"

namespace irmae::analysis::spectrum_table {
namespace {

const std::vector<std::string> kMeasures{"singular_value", "relative_value"};

struct Spectrum {
  Value epoch{};                 ///< after which it was measured
  std::vector<double> values{};  ///< [latent], from large to small; empty: none was recorded
};

/// Of a complete run the final one, of another the last that it recorded.
Spectrum latest_of(const Run& run) {
  if (run.complete) return {run.history->empty() ? Value() : Value(run.history->back().epoch), run.spectrum};
  for (auto record = run.history->rbegin(); record != run.history->rend(); ++record)
    if (!record->covariance_spectrum.empty()) return {record->epoch, record->covariance_spectrum};
  return {};
}

std::string why_none(const Run& run) {
  const std::string why = why_no_spectrum(run);
  return why.empty() ? "the run has no singular values" : why;
}

/// `epoch` is no measure: means over seeds are of those that have come equally far.
Table make(const std::vector<Run>& runs) {
  Table table = run_table({{"epoch", "index"}, kMeasures, {"missing", "validation_codes"}});
  for (const Run& run : runs) {
    const Spectrum spectrum = latest_of(run);
    const std::vector<double>& values = spectrum.values;
    if (values.empty() || !(values.front() > 0)) {
      run_row(table, run).set("epoch", spectrum.epoch).set("missing", why_none(run));
      continue;
    }
    const Value codes = run.validation_codes > 0 ? Value(run.validation_codes) : Value();
    for (std::size_t i = 0; i < values.size(); ++i)
      run_row(table, run)
          .set("validation_codes", codes)
          .set("epoch", spectrum.epoch)
          .set("index", static_cast<std::int64_t>(i + 1))
          .set("singular_value", values[i])
          .set("relative_value", values[i] / values.front());
  }
  return table;
}

const RegisterTable registered{{.name = "spectrum",
                                .help = "singular values of the code's covariance, as they are and divided by the largest",
                                .measures = kMeasures,
                                .make = make,
                                .of_unfinished = true,
                                .spectra = storage::Spectra::of_code_and_product}};

}  // namespace
}  // namespace irmae::analysis::spectrum_table
