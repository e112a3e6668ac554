// SPDX-License-Identifier: MIT
// irmae plot sweep: effective rank and reconstruction error over the number of linear layers or the latent size, whichever
// the runs of a data set vary most (the supplement's experiments on depth and on latent sizes).
#include <fmt/format.h>

#include <map>
#include <set>

#include "analysis/configurations.h"
#include "analysis/effective_rank.h"
#include "analysis/plots/over_seeds.h"

namespace irmae::analysis {
namespace {

struct Axis {
  std::string name;
  std::int64_t (*value)(const Run&);
};

std::int64_t latent(const Run& run) {
  const auto value = run.parameter("model.latent");
  const auto* number = value ? std::get_if<std::int64_t>(&*value) : nullptr;
  return number ? *number : 0;
}

std::int64_t layers(const Run& run) { return run.linear_layers(); }

const Axis kDepth{"linear layers l", layers}, kSize{"latent size n", latent};

Axis axis_of(const std::vector<Run>& runs) {
  std::set<std::int64_t> sizes, depths;
  for (const Run& run : runs) sizes.insert(latent(run)), depths.insert(layers(run));
  return sizes.size() > depths.size() ? kSize : kDepth;
}

/// The name of a run's curve: everything but the place on the axis. On the axis of depths an autoencoder is l = 0 of IRMAE,
/// and each latent size has a curve of its own where there are several.
std::string curve_of(const Run& run, const Axis& axis, bool several_sizes) {
  if (axis.value == latent) return run.label();
  std::string label = run.method() == "ae" ? "IRMAE" : run.label().substr(0, run.label().find(" l="));
  return several_sizes ? fmt::format("{} n={}", label, latent(run)) : label;
}

using Points = std::map<std::int64_t, std::vector<double>>;

Series series_of(const std::string& label, int colour, const Points& points) {
  Series series{label, colour, {}, {}, {}, {}};
  for (const auto& [x, of_seeds] : points) {
    std::vector<std::vector<double>> rows;
    for (const double value : of_seeds) rows.push_back({value});
    const Series one = over_seeds("", 0, {static_cast<double>(x)}, rows);
    series.x.push_back(one.x[0]);
    series.y.push_back(one.y[0]);
    series.low.push_back(one.low.empty() ? one.y[0] : one.low[0]);
    series.high.push_back(one.high.empty() ? one.y[0] : one.high[0]);
  }
  return series;
}

std::vector<Series> curves(const std::vector<Run>& runs, const Axis& axis, double (*y)(const Run&)) {
  std::set<std::int64_t> sizes;
  for (const Run& run : runs) sizes.insert(latent(run));
  std::map<std::string, Points> values;
  for (const Run& run : runs)
    if (run.complete && !run.spectrum.empty() && !run.history.empty())
      values[curve_of(run, axis, sizes.size() > 1)][axis.value(run)].push_back(y(run));
  std::vector<Series> all;
  for (const auto& [label, points] : values) all.push_back(series_of(label, static_cast<int>(all.size()), points));
  return all;
}

Figure make(const std::vector<Run>& runs, const Axis* chosen) {
  Figure figure{.columns = 2};
  for (const auto& [data, of_data] : by_data(runs)) {
    const Axis axis = chosen ? *chosen : axis_of(of_data);
    Panel rank{.title = "Entropy effective rank, " + data, .x_label = axis.name, .y_label = "dimensions"};
    rank.series = curves(of_data, axis, [](const Run& run) { return effective_ranks(run.spectrum).entropy; });
    if (rank.series.empty()) continue;
    Panel error{.title = "Reconstruction error, " + data, .x_label = axis.name, .y_label = "mean squared error", .logarithmic = true};
    error.series = curves(of_data, axis, [](const Run& run) { return run.history.back().validation_reconstruction; });
    // One legend for both: a single curve needs none.
    rank.key = Key::none;
    error.key = rank.series.size() > 1 ? Key::outside : Key::none;
    figure.panels.push_back(std::move(rank));
    figure.panels.push_back(std::move(error));
  }
  return figure;
}

const RegisterPlot either{{"sweep", "effective rank and reconstruction error over depth or latent size, whichever varies most",
                           [](const std::vector<Run>& runs) { return make(runs, nullptr); }}};
const RegisterPlot depth{{"sweep-depth", "effective rank and reconstruction error over the number of linear layers",
                          [](const std::vector<Run>& runs) { return make(runs, &kDepth); }}};
const RegisterPlot size{{"sweep-latent", "effective rank and reconstruction error over the latent size",
                         [](const std::vector<Run>& runs) { return make(runs, &kSize); }}};

}  // namespace
}  // namespace irmae::analysis
