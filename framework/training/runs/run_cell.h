// SPDX-License-Identifier: MIT
// One cell from its folder to its run.h5: skipped when complete, resumed when a checkpoint is there, stopped cleanly.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "framework/data/dataset.h"
#include "framework/distributed/communicator.h"
#include "framework/distributed/stopped_early.h"
#include "framework/manifest/cell.h"
#include "framework/training/place.h"
#include "framework/training/runs/progress.h"
#include "framework/training/runs/provenance.h"
#include "storage/record.h"

namespace irmae::training {

enum class Outcome { trained, complete_before, stopped };

class CellModel;

/// What is measured on the trained model, on every rank; rank 0's result is stored. The latents are whole on rank 0 only. It
/// may throw distributed::StoppedEarly.
using Evaluate =
    std::function<std::vector<storage::Evaluation>(CellModel&, const data::Dataset&, distributed::Communicator&,
                                                   const storage::Latents& train, const storage::Latents& validation)>;

struct CellJob {
  const manifest::Cell& cell;
  const data::Dataset& dataset;
  std::filesystem::path folder;  ///< the cell's own
  Place place;
  Notes provenance;
  Progress& progress;
  std::string warning{};  ///< a line for the folder's log at each start; empty: none
  Evaluate evaluate;      ///< may be empty
};

/// Trains and measures the cell of the job, from its checkpoint where there is one, or finds it complete, and says how it
/// ended. Collective over `communicator`. Throws SharedError where all ranks can go on with another cell, Error otherwise.
Outcome run_cell(const CellJob& job, distributed::Communicator& communicator);

}  // namespace irmae::training
