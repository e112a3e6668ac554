// SPDX-License-Identifier: MIT
// Figures of decoded images: one panel a configuration, of its first finished run.
#pragma once

#include <functional>
#include <string>

#include "analysis/drawing/figure.h"
#include "analysis/drawing/raster.h"

namespace irmae::analysis {

/// A figure with one panel a configuration, of its first finished run; where there are several seeds the title has that run's.
/// `raster` makes one run's picture; runs that have none are left out. At most `columns` panels stand side by side. `across`
/// says what changes from left to right in a run's picture.
Figure pictures(const std::vector<Run>& runs, std::size_t columns, const std::function<Raster(const Run&)>& raster,
                const std::function<std::string(const Run&)>& across = {});

/// The stored images [row, column, channel, y, x] of a run's evaluation, row below row; at most `rows` of them (0: all). Empty
/// where there are none.
Raster image_rows(const Run& run, const std::string& evaluation, std::int64_t rows);

/// Why a run has no pictures that this evaluation made (empty: the run itself), for PlotKind::why_not; empty: it has.
std::string why_no_pictures(const Run& run, const std::string& evaluation);

}  // namespace irmae::analysis
