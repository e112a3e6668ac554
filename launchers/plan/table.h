// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "analysis/table_formats.h"
#include "framework/manifest/schema.h"
#include "launchers/plan/expected.h"

namespace irmae::launchers {

/// The plan as a table with a row for each cell. For machines (csv, json) it has whole ids and seconds, for people words.
analysis::Table plan_table(const std::vector<Expected>& cells, analysis::Format format);

/// Every parameter that a manifest may set, for machines: a row for each of all cells, and below the choice ("model.method" and
/// "vae") a row for each that only cells with it have, or whose default it changes.
analysis::Table keys_table(const manifest::Schema& schema);

}  // namespace irmae::launchers
