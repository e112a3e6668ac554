// SPDX-License-Identifier: MIT
// Tables and figures that no part of the page is written for: whoever adds a kind has it in the report, and need not write
// there.
#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "analysis/drawing/figure.h"
#include "analysis/report/paper_tables.h"
#include "analysis/report/sections.h"
#include "analysis/table.h"

namespace irmae::analysis::report_page {

namespace {

/// Tables for which the page is written. Figures show what `losses` and `spectrum` have, which are a row for each epoch and for
/// each index.
const std::set<std::string> kWrittenTables{"attributes", "classification", "costs", "densities", "dimension",
                                           "fid",        "losses",         "ranks", "spectrum",  "vae"};

/// Figures for which the page is written, or that have the same as one of these: `samples` both kinds of samples together,
/// `sweep` the one over depth or over latent size.
const std::set<std::string> kWrittenPlots{"attributes",      "dynamics",    "interpolation",    "losses",          "pca",
                                          "reconstructions", "samples",     "samples-gaussian", "samples-mixture", "spectrum",
                                          "sweep",           "sweep-depth", "sweep-latent"};

/// What goes by one name; null: there is none, or the page is written for it.
struct Named {
  const TableKind* table = nullptr;
  const PlotKind* plot = nullptr;
};

std::map<std::string, Named> other_kinds() {
  std::map<std::string, Named> others;
  for (const TableKind& kind : table_kinds())
    if (!kWrittenTables.contains(kind.name)) others[kind.name].table = &kind;
  for (const PlotKind& kind : plot_kinds())
    if (!kWrittenPlots.contains(kind.name)) others[kind.name].plot = &kind;
  return others;
}

/// Whether any run has a measure of this kind.
bool has_values(const TableKind& kind, const std::vector<Run>& runs) {
  return std::ranges::any_of(values_of(mean_over_seeds(kind, runs), "n", {}), [](double n) { return n > 0; });
}

}  // namespace

void add_other_kinds(const std::vector<Run>& chosen, const std::vector<Run>& runs, page::Page& page) {
  for (const auto& [name, kind] : other_kinds()) {
    const Figure figure = kind.plot ? kind.plot->make(chosen) : Figure();
    const bool has_table = kind.table && has_values(*kind.table, chosen);
    if (figure.empty() && !has_table) continue;
    std::string words = name;
    std::ranges::replace(words, '-', ' ');
    page.section("kind-" + name, as_caption(words));
    if (!figure.empty()) {
      page.paragraph(as_caption(kind.plot->help), "caption");
      page.figure(figure, kind.plot->help);
    }
    if (has_table) add_means(chosen, name, as_caption(kind.table->help), page);
    say_left_out(chosen, runs, page);
  }
}

}  // namespace irmae::analysis::report_page
