// SPDX-License-Identifier: MIT
// Why a figure is empty, for the people who asked for it.
#pragma once

#include <string>
#include <vector>

#include "analysis/drawing/figure.h"

namespace irmae::analysis {

/// Why none of these runs has what the kind shows: each reason once, the first few of many.
std::string why_no_figure(const PlotKind& kind, const std::vector<Run>& runs);

/// Why a run has no singular values to show, for PlotKind::why_not; empty: it has.
std::string why_no_spectrum(const Run& run);

}  // namespace irmae::analysis
