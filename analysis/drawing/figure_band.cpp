// SPDX-License-Identifier: MIT
#include "analysis/drawing/figure_band.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace irmae::analysis {

namespace {

/// Heights on the page from values of the axis, and back.
class Heights {
 public:
  explicit Heights(bool logarithmic) : logarithmic_(logarithmic) {}
  double of(double value) const { return logarithmic_ ? std::log(std::max(value, std::numeric_limits<double>::min())) : value; }
  double value(double height) const { return logarithmic_ ? std::exp(height) : height; }

 private:
  bool logarithmic_;
};

/// The share of the way from `a` to `b` where `level` is crossed; 2: it is not.
double crossing(double a, double b, double level) { return (a < level) != (b < level) ? (level - a) / (b - a) : 2; }

}  // namespace

std::vector<BandPoint> band_inside(const Series& series, const Panel& panel) {
  const Heights heights(panel.logarithmic);
  const bool has_least = panel.y_least < panel.y_most;
  const double least = has_least ? panel.y_least : -std::numeric_limits<double>::infinity(),
               level = has_least ? heights.of(least) : -std::numeric_limits<double>::infinity();
  const auto clipped = [&](double value) { return std::max(value, least); };
  std::vector<BandPoint> points;
  for (std::size_t k = 0; k < series.low.size(); ++k) {
    const BandPoint next{series.x[k], series.low[k], series.high[k]};
    const bool ends = panel.x_most > 0 && next.x > panel.x_most;
    if (k == 0) {
      if (ends) break;
      points.push_back({next.x, clipped(next.low), clipped(next.high)});
      continue;
    }
    const BandPoint last{series.x[k - 1], series.low[k - 1], series.high[k - 1]};
    const double low = heights.of(last.low), low_after = heights.of(next.low), high = heights.of(last.high),
                 high_after = heights.of(next.high);
    const double end = ends ? (panel.x_most - last.x) / (next.x - last.x) : 1;
    double shares[] = {crossing(low, low_after, level), crossing(high, high_after, level), end};
    std::sort(std::begin(shares), std::end(shares));
    for (const double share : shares) {
      if (share > end) break;
      const bool whole = share == 1;
      points.push_back({last.x + share * (next.x - last.x),
                        clipped(whole ? next.low : heights.value(low + share * (low_after - low))),
                        clipped(whole ? next.high : heights.value(high + share * (high_after - high)))});
    }
    if (ends) break;
  }
  return points;
}

}  // namespace irmae::analysis
