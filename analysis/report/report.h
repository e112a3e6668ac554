// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "analysis/run_set.h"

namespace irmae::analysis {

/// One self-contained HTML page: tables, figures (inlined SVG) and the paper's values beside them.
std::string report(const RunSet& set);

}  // namespace irmae::analysis
