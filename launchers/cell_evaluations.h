// SPDX-License-Identifier: MIT
// The evaluations of a trained cell: what joins the trainer, which knows nothing of them, to the analysis.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "framework/training/run_cell.h"

namespace irmae::launchers {

/// To be called at the end of a cell's training; tells its progress through `progress`.
training::Evaluate evaluate_after(const manifest::Cell& cell, training::Progress& progress);

/// The evaluations of these names alone; rank 0's `started` is told each that begins. `cell` must outlive it.
training::Evaluate evaluate_some(const manifest::Cell& cell, std::set<std::string> names,
                                 std::function<void(const std::string&)> started);

}  // namespace irmae::launchers
