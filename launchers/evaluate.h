// SPDX-License-Identifier: MIT
// The evaluations of a trained cell: what joins the trainer, which knows nothing of them, to the analysis.
#pragma once

#include "framework/training/run_cell.h"

namespace irmae::launchers {

/// To be called at the end of a cell's training; tells its progress through `progress`.
training::Evaluate evaluate_after(const manifest::Cell& cell, training::Progress& progress);

}  // namespace irmae::launchers
