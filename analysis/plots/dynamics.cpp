// SPDX-License-Identifier: MIT
// irmae plot dynamics: what happens over training, one set of panels a data set: effective rank and reconstruction error of
// every configuration; the leading singular values of the codes' covariance without a linear stack and with one (of the paper's
// latent size and depth where there are runs of them, else of the largest and the deepest); those of the product W_l ... W_1,
// and the law that theory gives for their growth.
#include <algorithm>
#include <optional>

#include "analysis/configurations.h"
#include "analysis/drawing/colours.h"
#include "analysis/drawing/why_no_figure.h"
#include "analysis/effective_rank.h"
#include "analysis/paper_models.h"
#include "analysis/plots/growth.h"
#include "analysis/plots/over_seeds.h"
#include "analysis/plots/recorded_spectra.h"
#include "framework/counted.h"

namespace irmae::analysis::dynamics_plot {
namespace {

using Groups = std::vector<std::vector<const Run*>>;

constexpr Spectrum kOfCodes = &storage::EpochRecord::covariance_spectrum;

/// Nothing where no spectrum was recorded, or all codes were the same.
std::optional<double> rank_after(const storage::EpochRecord& record) { return entropy_rank(record.covariance_spectrum); }

/// The leading singular values of the codes' covariance: of one run, since seeds do not share their components.
Panel values(const Run& run, const std::string& label, int colour) {
  Panel panel{.title = {},
              .x_label = "epoch",
              .y_label = "singular values / the largest",
              .logarithmic = true,
              .y_least = kLeastShown,
              .y_most = 1.5};
  panel.series = leading_values(run, kOfCodes, colour, [](const std::vector<double>& spectrum, std::size_t i) {
    return std::optional(std::max(spectrum[i] / spectrum.front(), kFloor));
  });
  panel.title = fmt::format("Codes' covariance: {}\n{}", counted(panel.series.size(), "leading value"), label);
  return panel;
}

/// Of each configuration the seed that has come farthest: another may not have recorded anything yet.
std::vector<const Run*> farthest(const Groups& groups) {
  const auto shorter = [](const Run* a, const Run* b) { return recorded(*a, kOfCodes).size() < recorded(*b, kOfCodes).size(); };
  std::vector<const Run*> runs;
  for (const auto& group : groups) runs.push_back(*std::max_element(group.begin(), group.end(), shorter));
  return runs;
}

/// The configuration for which `better` holds against every one before it, among those that `can`; size: none.
template <class Can, class Better>
std::size_t choose(const std::vector<const Run*>& runs, Can can, Better better) {
  std::size_t best = runs.size();
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (can(*runs[i]) && (best == runs.size() || better(*runs[i], *runs[best]))) best = i;
  return best;
}

/// Whether a run shows more than another of its method: of the paper's latent size before others, then of the larger one, then
/// the same of the depth of its stack.
bool shows_more(const std::string& data, const Run& a, const Run& b) {
  const std::int64_t latent = paper_model(data).latent;
  if (a.latent() != b.latent()) return b.latent() != latent && (a.latent() == latent || a.latent() > b.latent());
  const bool known_a = is_depth_of_paper(data, a.linear_layers()), known_b = is_depth_of_paper(data, b.linear_layers());
  return known_a != known_b ? known_a : a.linear_layers() > b.linear_layers();
}

/// What panels of one run show: its data set, and its seed where there are several.
std::string name_of(const Run& run, const std::string& label, std::size_t seeds) {
  return fmt::format("{}, {}{}", label, run.data(), seeds > 1 ? fmt::format(", seed {}", run.seed()) : "");
}

void add_panels(const std::string& data, const std::vector<Run>& runs, Figure& figure) {
  const Groups groups = by_configuration(runs);
  const std::vector<std::string> labels = distinct_labels(groups);
  const std::vector<int> colours = colours_of(groups);
  Panel ranks{.title = "Entropy effective rank, " + data, .x_label = "epoch", .y_label = "dimensions"};
  ranks.series = over_epochs(groups, rank_after);
  if (ranks.series.empty()) return;
  Panel errors{
      .title = "Reconstruction error, " + data, .x_label = "epoch", .y_label = "mean squared error", .logarithmic = true};
  errors.series = over_epochs(groups, &storage::EpochRecord::validation_reconstruction);
  share_key(ranks, errors);
  std::vector<Panel> panels{std::move(ranks), std::move(errors)};

  const std::vector<const Run*> of_each = farthest(groups);
  const std::size_t plain = choose(
      of_each, [](const Run& run) { return run.method() == "ae" && !recorded(run, kOfCodes).empty(); },
      [&](const Run& a, const Run& b) { return shows_more(data, a, b); });
  // The trained stack before its ablations, since theory is about matrices that all learn.
  const std::size_t stack = choose(
      of_each, [](const Run& run) { return run.linear_layers() > 0 && !product_values(run, "", 0).series.empty(); },
      [&](const Run& a, const Run& b) {
        const bool trained_a = a.method() == "irmae", trained_b = b.method() == "irmae";
        return trained_a != trained_b ? trained_a : shows_more(data, a, b);
      });
  const auto shown = [&](Panel (*panel)(const Run&, const std::string&, int), std::size_t i) {
    // A panel of one run has no curves to tell apart: its colour, without the dashes.
    return panel(*of_each[i], name_of(*of_each[i], labels[i], groups[i].size()), colours[i] % static_cast<int>(kColours));
  };
  if (plain < groups.size()) panels.push_back(shown(values, plain));
  if (stack < groups.size())
    for (const auto& panel : {values, product_values, growth_law}) panels.push_back(shown(panel, stack));
  panels.front().starts_row = true;
  for (Panel& panel : panels)
    if (!panel.series.empty()) figure.panels.push_back(std::move(panel));
}

Figure make(const std::vector<Run>& runs) {
  Figure figure{.columns = 2};
  for (const auto& [data, of_data] : by_data(runs)) add_panels(data, of_data, figure);
  return figure;
}

const RegisterPlot registered{{"dynamics", "effective rank and singular values over training, and the law of their growth",
                               make, why_no_spectrum, storage::Spectra::of_code_and_product}};

}  // namespace
}  // namespace irmae::analysis::dynamics_plot
