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

/// Gives a curve its next point, from the values of the seeds that have this x, one at least: of a single one the band has no
/// width.
inline void add_point(Series& series, double x, const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  series.x.push_back(x);
  series.y.push_back(std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()));
  series.low.push_back(*low);
  series.high.push_back(*high);
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
