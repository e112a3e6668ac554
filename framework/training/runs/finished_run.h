// SPDX-License-Identifier: MIT
// What run.h5 gets of a trained cell.
#pragma once

#include "framework/training/runs/run_cell.h"

namespace irmae::training {

/// Everything that run.h5 holds but the provenance of the session's times, with the job's evaluations of the trained model.
/// `notes`: rank 0's provenance of the cell; history: of all epochs. Whole on rank 0 only. Collective. Throws as the job's
/// Evaluate does.
storage::RunRecord finished_run(const CellJob& job, const Notes& notes, CellModel& model, const storage::History& history,
                                distributed::Communicator& communicator);

}  // namespace irmae::training
