// SPDX-License-Identifier: MIT
// irmae plot sweep: effective rank and reconstruction error over the number of linear layers or the latent size, whichever
// the runs of a data set vary most (the supplement's experiments on depth and on latent sizes).
#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "analysis/configurations.h"
#include "analysis/drawing/colours.h"
#include "analysis/drawing/why_no_figure.h"
#include "analysis/effective_rank.h"
#include "analysis/plots/over_seeds.h"
#include "framework/counted.h"

namespace irmae::analysis::sweep_plot {
namespace {

struct Axis {
  std::string name, path;
  std::int64_t (*value)(const Run&);
};

std::int64_t latent(const Run& run) { return run.latent(); }
std::int64_t layers(const Run& run) { return run.linear_layers(); }

const Axis kDepth{"linear layers l", "model.linear_layers", layers}, kSize{"latent size n", "model.latent", latent};

Axis axis_of(const std::vector<Run>& runs) {
  std::set<std::int64_t> sizes, depths;
  for (const Run& run : runs) sizes.insert(run.latent()), depths.insert(layers(run));
  return sizes.size() > depths.size() ? kSize : kDepth;
}

/// The runs of a curve at each place on the axis; a run that several manifests have counts once.
using Points = std::map<std::int64_t, std::map<std::string, const Run*>>;

/// Runs that differ in their seed and their place on the axis alone.
std::vector<Points> curves_of(const std::vector<Run>& runs, const Axis& axis) {
  std::map<std::string, Points> curves;
  for (const Run& run : runs)
    if (run.complete && !run.spectrum.empty() && !run.history->empty())
      curves[run.configuration({"train.seed", axis.path}) + run.data()][axis.value(run)][run.identity.id] = &run;
  std::vector<Points> all;
  for (auto& [configuration, points] : curves) all.push_back(std::move(points));
  return all;
}

/// Stands for the curve's configuration. The first would be an autoencoder's, once one has joined.
const Run& last(const Points& points) { return *points.rbegin()->second.begin()->second; }

/// Whether `plain`, an autoencoder, is what `stacked` is without its linear layers.
bool is_without_layers(const Run& plain, const Run& stacked) {
  return plain.method() == "ae" && stacked.method() == "irmae" &&
         std::all_of(plain.identity.parameters.begin(), plain.identity.parameters.end(), [&](const auto& one) {
           return one.first == "model.method" || one.first == "train.seed" || one.first.starts_with("evaluate.") ||
                  (plain.is_outside(one.first) && (stacked.is_outside(one.first) || !stacked.parameter(one.first))) ||
                  stacked.parameter(one.first) == one.second;
         });
}

/// On the axis of depths an autoencoder is l = 0 of every IRMAE that is like it otherwise.
void join_autoencoders(std::vector<Points>& curves) {
  std::vector<bool> joined(curves.size());
  for (std::size_t i = 0; i < curves.size(); ++i)
    for (Points& other : curves)
      if (is_without_layers(last(curves[i]), last(other))) {
        other[0].insert(curves[i].at(0).begin(), curves[i].at(0).end());
        joined[i] = true;
      }
  for (std::size_t i = curves.size(); i-- > 0;)
    if (joined[i]) curves.erase(curves.begin() + static_cast<std::ptrdiff_t>(i));
}

/// Configurations that have one place on the axis, where there are curves and more of all than have a colour of their own:
/// points would bury the curves. Returns how many went.
std::size_t leave_out_single_points(std::vector<Points>& curves) {
  const auto is_point = [](const Points& points) { return points.size() < 2; };
  if (curves.size() <= kColours || std::ranges::all_of(curves, is_point)) return 0;
  return std::erase_if(curves, is_point);
}

std::vector<std::string> labels_of(const std::vector<Points>& curves, const Axis& axis) {
  std::vector<std::vector<const Run*>> groups;
  for (const Points& points : curves) groups.push_back({&last(points)});
  std::vector<std::string> labels = distinct_labels(groups, axis.path);
  for (std::size_t i = 0; i < curves.size(); ++i)
    if (const Run& first = *curves[i].begin()->second.begin()->second;
        first.method() == "ae" && last(curves[i]).method() != "ae")
      labels[i] += fmt::format(" (l=0: {})", first.label());
  return labels;
}

/// What a run has at its place on the axis; nothing where it has no such value.
using Measure = std::optional<double> (*)(const Run&);

/// Where all codes are the same there is none.
std::optional<double> rank_of(const Run& run) { return entropy_rank(run.spectrum); }

std::optional<double> reconstruction_error(const Run& run) { return run.history->back().validation_reconstruction; }

Series series_of(const std::string& label, int colour, const Points& points, Measure y) {
  Series series{label, colour, {}, {}, {}, {}};
  for (const auto& [x, of_seeds] : points) {
    std::vector<double> values;
    for (const auto& [id, run] : of_seeds)
      if (const auto value = y(*run)) values.push_back(*value);
    if (!values.empty()) add_point(series, static_cast<double>(x), values);
  }
  return series;
}

std::vector<Series> series_of(const std::vector<Points>& curves, const Axis& axis, Measure y) {
  const std::vector<std::string> labels = labels_of(curves, axis);
  std::vector<std::size_t> order(curves.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return stands_before(last(curves[a]), labels[a], last(curves[b]), labels[b]);
  });
  std::vector<std::vector<const Run*>> groups;
  for (const std::size_t i : order) groups.push_back({&last(curves[i])});
  const std::vector<int> colours = colours_of(groups);
  std::vector<Series> all;
  for (std::size_t k = 0; k < order.size(); ++k)
    if (Series series = series_of(labels[order[k]], colours[k], curves[order[k]], y); !series.x.empty())
      all.push_back(std::move(series));
  return all;
}

Figure make(const std::vector<Run>& runs, const Axis* chosen) {
  Figure figure{.columns = 2};
  for (const auto& [data, of_data] : by_data(runs)) {
    const Axis axis = chosen ? *chosen : axis_of(of_data);
    std::vector<Points> curves = curves_of(of_data, axis);
    if (axis.path == kDepth.path) join_autoencoders(curves);
    const std::size_t single = leave_out_single_points(curves);
    // From 0: what is left of the rank and of the error counts, and a small change must not fill the panel.
    Panel rank{.title = "Entropy effective rank, " + data, .x_label = axis.name, .y_label = "dimensions", .y_from_zero = true};
    rank.series = series_of(curves, axis, rank_of);
    if (rank.series.empty()) continue;
    Panel error{.title = "Reconstruction error, " + data,
                .x_label = axis.name,
                .y_label = "mean squared error",
                .logarithmic = true,
                .y_from_zero = true};
    error.series = series_of(curves, axis, reconstruction_error);
    share_key(rank, error);
    if (single > 0)
      for (Panel* panel : {&rank, &error}) panel->title += "\n" + counted(single, "configuration") + " with one place left out";
    figure.panels.push_back(std::move(rank));
    figure.panels.push_back(std::move(error));
  }
  return figure;
}

const RegisterPlot either{{"sweep", "effective rank and reconstruction error over depth or latent size, whichever varies most",
                           [](const std::vector<Run>& runs) { return make(runs, nullptr); }, why_no_spectrum}};
const RegisterPlot depth{{"sweep-depth", "effective rank and reconstruction error over the number of linear layers",
                          [](const std::vector<Run>& runs) { return make(runs, &kDepth); }, why_no_spectrum}};
const RegisterPlot size{{"sweep-latent", "effective rank and reconstruction error over the latent size",
                         [](const std::vector<Run>& runs) { return make(runs, &kSize); }, why_no_spectrum}};

}  // namespace
}  // namespace irmae::analysis::sweep_plot
