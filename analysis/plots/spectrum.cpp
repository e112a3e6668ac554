// SPDX-License-Identifier: MIT
// irmae plot spectrum: singular values of the code's covariance, divided by the largest (figures 2, 4, 9-11 of the paper).
// One pair of panels a data set.
#include <fmt/format.h>

#include "analysis/configurations.h"
#include "analysis/drawing/colours.h"
#include "analysis/drawing/figure_page.h"
#include "analysis/drawing/why_no_figure.h"
#include "analysis/few_codes.h"
#include "analysis/plots/over_seeds.h"
#include "analysis/plots/recorded_spectra.h"

namespace irmae::analysis::spectrum_plot {
namespace {

constexpr double kLeastSeen = 0.01;        ///< below this a curve lies on the linear panel's axis
constexpr std::size_t kEntriesInside = 5;  ///< of a legend; more of them cover the curves and stand outside

/// The last x at which a curve or its band is above this.
double last_above(const std::vector<Series>& all, double value) {
  double last = 0;
  for (const Series& series : all)
    for (std::size_t k = 0; k < series.x.size(); ++k)
      if ((series.high.empty() ? series.y[k] : series.high[k]) > value) last = std::max(last, series.x[k]);
  return last;
}

/// The normalised spectrum of each finished run of a configuration, as far as its codes tell it from 0.
std::vector<std::vector<double>> spectra(const std::vector<const Run*>& group) {
  std::vector<std::vector<double>> rows;
  for (const Run* run : group) {
    if (run->spectrum.empty() || !(run->spectrum.front() > 0)) continue;
    std::vector<double> row;
    for (const double value : told_spectrum(*run)) row.push_back(std::max(value / run->spectrum.front(), kFloor));
    if (rows.empty() || rows.front().size() == row.size()) rows.push_back(std::move(row));
  }
  return rows;
}

/// A configuration's curve from `rows`, those of its seeds; with a band where there are several.
Series curve_of(const std::string& label, int colour, const std::vector<std::vector<double>>& rows) {
  Series series{label, colour, {}, {}, {}, {}};
  for (std::size_t i = 0; i < rows.front().size(); ++i) {
    std::vector<double> values;
    for (const auto& row : rows) values.push_back(row[i]);
    add_point(series, static_cast<double>(i + 1), values);
  }
  if (rows.size() == 1) series.low.clear(), series.high.clear();
  return series;
}

/// What stands below the panels: their axis, and the smallest number of codes where there are few.
std::string below(const std::vector<Run>& runs) {
  std::int64_t least = 0;
  for (const Run& run : runs)
    if (has_few_codes(run) && (least == 0 || run.validation_codes < least)) least = run.validation_codes;
  if (least == 0) return "singular value's index, from 1";
  return fmt::format("index from 1 (few validation codes: {})", least);
}

void add_panels(const std::string& data, const std::vector<Run>& runs, Figure& figure) {
  Panel linear{.title = "Spectrum of the code, " + data, .x_label = below(runs), .y_label = "singular value / the largest"};
  const auto groups = by_configuration(runs);
  const std::vector<std::string> labels = distinct_labels(groups);
  const std::vector<int> colours = colours_of(groups);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto rows = spectra(groups[i]);
    if (rows.empty()) continue;
    linear.x_most = std::max(linear.x_most, static_cast<double>(rows.front().size() + 1));
    linear.series.push_back(curve_of(labels[i], colours[i], rows));
  }
  if (linear.series.empty()) return;
  linear.y_least = 0, linear.y_most = 1.02;
  if (data == "shapes") {
    linear.mark = 7, linear.mark_label = "7 intrinsic dimensions";
    linear.x_most = std::max(linear.x_most, linear.mark + 1);
  }
  Panel logarithmic = linear;
  // What the mark says stands at its right and takes less than half of the panel.
  const auto end_of = [](const Panel& panel, double least) {
    return std::max(std::min(panel.x_most, last_above(panel.series, least) + 2), 2 * panel.mark);
  };
  linear.x_most = end_of(linear, kLeastSeen);
  logarithmic.x_most = end_of(logarithmic, kLeastShown);
  logarithmic.title += ", logarithmic";
  logarithmic.logarithmic = true;
  logarithmic.y_least = kLeastShown, logarithmic.y_most = 1.5;
  logarithmic.mark_label.clear();
  // The curves leave the upper right of the linear panel free unless a mark goes through it, and nothing of the logarithmic
  // one.
  const bool beside = linear.mark > 0 || linear.series.size() > kEntriesInside || is_key_outside(linear);
  linear.key = beside ? Key::none : Key::top_right;
  logarithmic.key = beside ? Key::outside : Key::none;
  figure.panels.push_back(std::move(linear));
  figure.panels.push_back(std::move(logarithmic));
}

Figure make(const std::vector<Run>& runs) {
  Figure figure{.columns = 2};
  for (const auto& [data, of_data] : by_data(runs)) add_panels(data, of_data, figure);
  return figure;
}

const RegisterPlot registered{
    {"spectrum", "singular values of the code's covariance, linear and logarithmic", make, why_no_spectrum}};

}  // namespace
}  // namespace irmae::analysis::spectrum_plot
