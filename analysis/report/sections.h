// SPDX-License-Identifier: MIT
// The parts of the report.
#pragma once

#include "analysis/report/page.h"
#include "analysis/run_set.h"

namespace irmae::analysis::report_page {

/// Figures 2 to 11 and both tables of the paper, in its order.
void add_paper(const std::vector<Run>& runs, page::Page& page);

/// The supplement's experiments and what goes beyond the paper.
void add_further(const std::vector<Run>& runs, page::Page& page);

/// The table of a kind over seeds, with what was run in its caption. Nothing to average: a sentence.
void add_means(const std::vector<Run>& runs, const std::string& kind, const std::string& caption, page::Page& page);

/// A figure, or a sentence on why there is none.
void add_plot(const std::vector<Run>& runs, const std::string& kind, page::Page& page);

/// That there is no run of `what`, and the commands that make it: irmae run experiments/NAME.toml -o DIR.
void add_missing(const std::string& what, const std::vector<const char*>& manifests, page::Page& page);

}  // namespace irmae::analysis::report_page
