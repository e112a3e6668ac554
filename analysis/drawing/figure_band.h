// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "analysis/drawing/figure.h"

namespace irmae::analysis {

struct BandPoint {
  double x, low, high;
};

/// A series' band without what lies below the panel's least y or beyond its last x, where these are set: of a polygon with
/// corners far below a logarithmic axis gnuplot's cairo terminals draw false ones inside. Edges are cut where a straight line
/// on the page crosses the axis. Empty without a band.
std::vector<BandPoint> band_inside(const Series& series, const Panel& panel);

}  // namespace irmae::analysis
