// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "analysis/figure.h"

namespace irmae::analysis {

struct BandPoint {
  double x, low, high;
};

/// A series' band as far as it lies inside axes whose ends are known: of a polygon with corners far outside of a logarithmic
/// axis gnuplot's cairo terminals draw false ones inside. Edges are cut where a straight line on the page crosses the axis.
std::vector<BandPoint> band_inside(const Series& series, const Panel& panel);

}  // namespace irmae::analysis
