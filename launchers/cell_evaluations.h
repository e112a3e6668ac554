// SPDX-License-Identifier: MIT
// The evaluations of a trained cell: what joins the trainer, which knows nothing of them, to the analysis.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "framework/training/runs/run_cell.h"

namespace irmae::launchers {

/// The evaluations that a cell asks for, to be called at the end of its training; they tell how they come along through
/// `progress`.
training::Evaluate evaluate_after(const manifest::Cell& cell, training::Progress& progress);

/// The evaluations of a cell that have these names, and no others; rank 0's `started` is told each that begins. `cell` must
/// outlive the result.
training::Evaluate evaluate_some(const manifest::Cell& cell, std::set<std::string> names,
                                 std::function<void(const std::string&)> started);

}  // namespace irmae::launchers
