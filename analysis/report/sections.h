// SPDX-License-Identifier: MIT
// The parts of the report.
#pragma once

#include "analysis/report/page.h"
#include "analysis/run_set.h"

namespace irmae::analysis::report_page {

/// Adds figures 2 to 11 and both tables of the paper, in its order.
void add_paper(const std::vector<Run>& runs, page::Page& page);

/// Adds a folded line with the commands that make the paper's experiments, where no run is of the paper's data.
void add_paper_elsewhere(page::Page& page);

/// Adds what is known of data that the paper does not have: of each set the spectra, ranks, sweeps and, where there are any,
/// pictures.
void add_own(const std::vector<Run>& runs, page::Page& page);

/// Adds the supplement's experiments, on the paper's data, and what goes beyond the paper, on all. Where no run is of the
/// paper's data, nothing is said to be missing.
void add_further(const std::vector<Run>& runs, page::Page& page);

/// Adds the table of a kind over seeds, with what was run in its caption. What cannot have a value is named below it with the
/// reason.
void add_means(const std::vector<Run>& runs, const std::string& kind, const std::string& caption, page::Page& page);

/// Adds the figure of a kind, or a sentence on why there is none. Throws Error when gnuplot fails.
void add_plot(const std::vector<Run>& runs, const std::string& kind, page::Page& page);

/// Adds that there is `what` ("no run of a VAE"), and the commands that make it: irmae run experiments/NAME.toml -o DIR.
void add_missing(const std::string& what, const std::vector<const char*>& manifests, page::Page& page);

}  // namespace irmae::analysis::report_page
