// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "analysis/table_formats.h"
#include "launchers/plan/expected.h"

namespace irmae::launchers {

/// The plan as a table with a row for each cell. For machines (csv, json) it has whole ids and seconds, for people words.
analysis::Table plan_table(const std::vector<Expected>& cells, analysis::Format format);

}  // namespace irmae::launchers
