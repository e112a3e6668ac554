// SPDX-License-Identifier: MIT
// irmae plot sweep: effective rank and reconstruction error over the number of linear layers or the latent size, whichever
// the runs vary most (the supplement's experiments on depth and on latent sizes).
#include <map>
#include <set>

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

Axis axis_of(const std::vector<Run>& runs) {
  std::set<std::int64_t> sizes, depths;
  for (const Run& run : runs) sizes.insert(latent(run)), depths.insert(layers(run));
  return sizes.size() > depths.size() ? Axis{"latent size n", latent} : Axis{"linear layers l", layers};
}

/// y(run) over the axis, one curve a method; on the axis of depths an autoencoder is l = 0 of IRMAE.
std::vector<Series> curves(const std::vector<Run>& runs, const Axis& axis, double (*y)(const Run&)) {
  std::map<std::string, std::map<std::int64_t, std::vector<double>>> values;
  for (const Run& run : runs) {
    if (!run.complete || run.spectrum.empty() || run.history.empty()) continue;
    const bool zero_depth = axis.value == layers && run.method() == "ae";
    const std::string label = axis.value == layers ? (zero_depth ? "IRMAE" : run.label().substr(0, run.label().find(" l="))) : run.label();
    values[label][axis.value(run)].push_back(y(run));
  }
  std::vector<Series> all;
  for (const auto& [label, points] : values) {
    Series series{label, static_cast<int>(all.size()), {}, {}, {}, {}};
    for (const auto& [x, of_seeds] : points) {
      std::vector<std::vector<double>> rows;
      for (const double value : of_seeds) rows.push_back({value});
      const Series one = over_seeds("", 0, {static_cast<double>(x)}, rows);
      series.x.push_back(one.x[0]);
      series.y.push_back(one.y[0]);
      series.low.push_back(one.low.empty() ? one.y[0] : one.low[0]);
      series.high.push_back(one.high.empty() ? one.y[0] : one.high[0]);
    }
    all.push_back(std::move(series));
  }
  return all;
}

Figure make(const std::vector<Run>& runs) {
  const Axis axis = axis_of(runs);
  Panel rank{.title = "Entropy effective rank", .x_label = axis.name, .y_label = "dimensions"};
  rank.series = curves(runs, axis, [](const Run& run) { return effective_ranks(run.spectrum).entropy; });
  Panel error{.title = "Reconstruction error, validation", .x_label = axis.name, .y_label = "mean squared error", .logarithmic = true};
  error.series = curves(runs, axis, [](const Run& run) { return run.history.back().validation_reconstruction; });
  return {{rank, error}};
}

const RegisterPlot registered{{"sweep", "effective rank and reconstruction error over depth or latent size", make}};

}  // namespace
}  // namespace irmae::analysis
