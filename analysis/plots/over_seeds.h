// SPDX-License-Identifier: MIT
// One curve a configuration: the mean over its seeds, with a band from the smallest to the largest; and what names the curves
// of two panels of the same configurations.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <optional>

#include "analysis/configurations.h"
#include "analysis/drawing/colours.h"
#include "analysis/drawing/figure.h"

namespace irmae::analysis {

struct Band {
  double mean, low, high;
};

/// Mean, smallest and largest of the seeds' values at one x; there is at least one.
inline Band band_of(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()), *low, *high};
}

/// Gives a curve its next point, from the values of the seeds that have this x: of a single one the band has no width.
inline void add_point(Series& series, double x, const std::vector<double>& values) {
  const Band band = band_of(values);
  series.x.push_back(x);
  series.y.push_back(band.mean);
  series.low.push_back(band.low);
  series.high.push_back(band.high);
}

/// A configuration's curve from `rows`, the y of each seed over the same x; with a band where there are several.
inline Series over_seeds(std::string label, int colour, std::vector<double> x, const std::vector<std::vector<double>>& rows) {
  Series series{std::move(label), colour, std::move(x), {}, {}, {}};
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    std::vector<double> values;
    for (const auto& row : rows) values.push_back(row[i]);
    const Band band = band_of(values);
    series.y.push_back(band.mean);
    if (rows.size() > 1) series.low.push_back(band.low), series.high.push_back(band.high);
  }
  return series;
}

/// The curve of each group of by_configuration: y after every epoch that has it, from the seeds that have come so far.
inline std::vector<Series> over_epochs(const std::vector<std::vector<const Run*>>& groups,
                                       const std::function<std::optional<double>(const storage::EpochRecord&)>& y) {
  const std::vector<std::string> labels = distinct_labels(groups);
  const std::vector<int> colours = colours_of(groups);
  std::vector<Series> all;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    std::map<std::int64_t, std::vector<double>> of_epoch;
    for (const Run* run : groups[i])
      for (const storage::EpochRecord& record : *run->history)
        if (const auto value = y(record)) of_epoch[record.epoch].push_back(*value);
    Series series{labels[i], colours[i], {}, {}, {}, {}};
    for (const auto& [epoch, values] : of_epoch) add_point(series, static_cast<double>(epoch), values);
    if (!series.x.empty()) all.push_back(std::move(series));
  }
  return all;
}

/// One legend for two panels of the same configurations, the right one's. A single curve needs none: both titles name it.
inline void share_key(Panel& left, Panel& right) {
  left.key = Key::none;
  right.key = left.series.size() > 1 ? Key::outside : Key::none;
  for (Panel* panel : {&left, &right})
    if (panel->series.size() == 1) panel->title += "\n" + panel->series.front().label;
}

}  // namespace irmae::analysis
