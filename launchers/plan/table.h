// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "analysis/table_formats.h"
#include "launchers/plan/expected.h"

namespace irmae::launchers {

/// A row a cell. For machines (csv, json) whole ids and seconds, for people words.
analysis::Table plan_table(const std::vector<Expected>& cells, analysis::Format format);

}  // namespace irmae::launchers
