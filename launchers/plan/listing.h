// SPDX-License-Identifier: MIT
// What irmae plan lists: what is known of a plan's cells before they are trained on this machine, or the parameters that a
// manifest may set.
#pragma once

#include <string>
#include <vector>

#include "analysis/table_formats.h"
#include "framework/manifest/schema.h"
#include "launchers/plan/standing.h"

namespace irmae::launchers {

struct Expected {
  const manifest::Cell* cell = nullptr;
  Standing standing;
  cost::Estimate estimate;  ///< of the whole cell
  double seconds = 0;       ///< of what is left

  /// Whether its time and parameters mean anything: not where nobody knows the size of its data.
  bool known() const { return estimate.basis != cost::Basis::unknown; }
};

/// What is known of every cell of the plan, in its order; the plan must outlive the result. `output`: the folder of the runs;
/// `ranks`: those that train a cell together.
std::vector<Expected> expect(const manifest::Plan& plan, const std::string& output, int ranks, const cost::CostModel& costs);

/// The plan as a table with a row for each cell. For machines (csv, json) it has whole ids and seconds, for people words.
analysis::Table plan_table(const std::vector<Expected>& cells, analysis::Format format);

/// What the cells take one after the other, and what that rests on: "2 cells, 1 complete; about 12 s on 1 rank of this machine,
/// by rates measured in out".
std::string total_of(const std::vector<Expected>& cells, int ranks, const std::string& output);

/// Every parameter that a manifest may set, for machines: a row for each of all cells, and below the choice ("model.method" and
/// "vae") a row for each that only cells with it have, or whose default it changes.
analysis::Table keys_table(const manifest::Schema& schema);

}  // namespace irmae::launchers
