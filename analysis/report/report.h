// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "analysis/run_set.h"

namespace irmae::analysis {

/// The report on these runs, one self-contained HTML page: tables, figures (inlined SVG) and the paper's values beside them.
/// Throws Error when gnuplot fails.
std::string report(const RunSet& set);

}  // namespace irmae::analysis
