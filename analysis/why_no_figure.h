// SPDX-License-Identifier: MIT
// Why a figure is empty, for the people who asked for it.
#pragma once

#include <string>
#include <vector>

#include "analysis/figure.h"

namespace irmae::analysis {

/// Why none of these runs has what the kind shows: each reason once, the first few of many.
std::string why_no_figure(const PlotKind& kind, const std::vector<Run>& runs);

/// For PlotKind::why_not. Of figures of singular values, and of pictures that an evaluation made (empty: the run itself).
std::string why_no_spectrum(const Run& run);
std::string why_no_pictures(const Run& run, const std::string& evaluation);

}  // namespace irmae::analysis
