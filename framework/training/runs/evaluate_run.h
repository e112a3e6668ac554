// SPDX-License-Identifier: MIT
// A finished run, measured as at the end of its training, without training it.
#pragma once

#include <filesystem>
#include <vector>

#include "framework/training/runs/run_cell.h"

namespace irmae::training {

struct RunToMeasure {
  const manifest::Cell& cell;  ///< as manifest::cell_of gives it
  const data::Dataset& dataset;
  std::filesystem::path file;  ///< its run.h5
  Place place;
  Evaluate evaluate;
};

/// Measures a finished run: gives on rank 0 what its `evaluate` gives on the run's own model and latents. The run's file is
/// only read. Collective over `communicator`. Throws SharedError where it cannot be read, and where the data are not those that
/// the cell was trained on.
std::vector<storage::Evaluation> evaluate_run(const RunToMeasure& run, distributed::Communicator& communicator);

}  // namespace irmae::training
