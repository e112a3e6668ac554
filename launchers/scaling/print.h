// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "analysis/table_formats.h"
#include "launchers/scaling/prediction.h"

namespace irmae::launchers {

/// Prints what the model says: by network, by ranks of a cell, for the grid; with `each` also for every cell. `rates`: where
/// the rates are from.
void print_prediction(const std::vector<Predicted>& cells, const Cluster& cluster, const std::string& rates, bool each);

/// The prediction as a table for machines, with a row for each cell.
analysis::Table prediction_table(const std::vector<Predicted>& cells, const Cluster& cluster);

/// A duration as irmae::duration writes it, "12 s", but below ten seconds with two significant digits: "0.4 s".
std::string rough_duration(double seconds);

}  // namespace irmae::launchers
