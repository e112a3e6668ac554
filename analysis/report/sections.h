// SPDX-License-Identifier: MIT
// The parts of the report.
#pragma once

#include <string>
#include <vector>

#include "analysis/report/page.h"
#include "analysis/run_set.h"

namespace irmae::analysis::report_page {

/// The page while it is put together, and what else its parts need to say how to make what is missing.
struct Report {
  page::Page page;
  std::string scale{};         ///< of all runs, where they have the same one: commands that make more of them name it
  std::vector<Run> planned{};  ///< cells of their plans that are not finished: what is missing may be among them
};

/// Adds figures 2 to 11 and both tables of the paper, in its order.
void add_paper(const std::vector<Run>& runs, Report& report);

/// Adds a folded line with the commands that make the paper's experiments, where no run is of the paper's data.
void add_paper_elsewhere(Report& report);

/// Adds what is known of data that the paper does not have: of each set the spectra, ranks, sweeps and, where there are any,
/// pictures.
void add_own(const std::vector<Run>& runs, page::Page& page);

/// Adds the supplement's experiments, on the paper's data, and what goes beyond the paper, on all. Where no run is of the
/// paper's data, nothing is said to be missing.
void add_further(const std::vector<Run>& runs, Report& report);

/// Adds a section for each registered table and figure that no other part of the page is written for, with its name above it
/// and its help as caption: of `chosen`, those of `runs` that stand for each method. Of what has nothing of them, nothing, and
/// so of tables without measures.
void add_other_kinds(const std::vector<Run>& chosen, const std::vector<Run>& runs, page::Page& page);

/// Adds the table of a kind over seeds, with what was run in its caption. What cannot have a value is named below it with the
/// reason.
void add_means(const std::vector<Run>& runs, const std::string& kind, const std::string& caption, page::Page& page);

/// Adds the table of effective ranks over seeds, and below it whether they are of few codes.
void add_ranks(const std::vector<Run>& runs, page::Page& page);

/// Adds the figure of a kind, or a sentence on why there is none. Throws Error when gnuplot fails.
void add_plot(const std::vector<Run>& runs, const std::string& kind, page::Page& page);

/// The words as HTML with a capital in front, as a caption or a heading begins.
std::string as_caption(const std::string& words);

/// Adds what else `runs` have of the latent sizes and depths of which `chosen` are shown, if anything.
void say_left_out(const std::vector<Run>& chosen, const std::vector<Run>& runs, page::Page& page);

/// The command that makes a manifest's runs, as HTML: irmae run experiments/NAME.toml scale=SCALE -o DIR, with the scale of the
/// runs that are there, else a small one: what has no scale is of the authors' size, which nobody should begin unasked.
std::string making(const std::string& manifest, const Report& report);

/// What is to be said of the scale in the commands of making(), as HTML, behind them; empty where it is that of the runs that
/// are there.
std::string sizes_to_choose(const Report& report);

/// Adds that there is `what` ("no run of a VAE"), and how it is made: where its cells are planned by going on with their
/// folder, else by these manifests of experiments/.
void add_missing(const std::string& what, bool planned, const std::vector<const char*>& manifests, Report& report);

/// Whether any of the runs is on one of these data sets.
bool is_any_of(const std::vector<Run>& runs, const std::vector<std::string>& data);

}  // namespace irmae::analysis::report_page
