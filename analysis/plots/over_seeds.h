// SPDX-License-Identifier: MIT
// One curve a configuration: the mean over its seeds, with a band from the smallest to the largest.
#pragma once

#include <algorithm>

#include "analysis/figure.h"

namespace irmae::analysis {

/// `rows`: y of each seed, all over the same x.
inline Series over_seeds(std::string label, int colour, std::vector<double> x, const std::vector<std::vector<double>>& rows) {
  Series series{std::move(label), colour, std::move(x), {}, {}, {}};
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    double sum = 0, low = rows.front()[i], high = low;
    for (const auto& row : rows) sum += row[i], low = std::min(low, row[i]), high = std::max(high, row[i]);
    series.y.push_back(sum / static_cast<double>(rows.size()));
    if (rows.size() > 1) series.low.push_back(low), series.high.push_back(high);
  }
  return series;
}

}  // namespace irmae::analysis
