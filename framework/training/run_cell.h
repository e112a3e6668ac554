// SPDX-License-Identifier: MIT
// One cell from its folder to its run.h5: skipped when complete, resumed when a checkpoint is there, stopped cleanly.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "framework/distributed/communicator.h"
#include "framework/manifest/cell.h"
#include "framework/training/progress.h"
#include "framework/training/provenance.h"

namespace irmae::training {

enum class Outcome { trained, complete_before, stopped };

struct CellJob {
  const manifest::Cell& cell;
  std::filesystem::path folder;  ///< the cell's own
  torch::Device device;
  Notes provenance;
  Progress& progress;
};

/// True when `folder` holds a finished run of exactly this cell. Throws Error when its run.h5 is damaged or another cell's.
bool is_complete(const manifest::Cell& cell, const std::filesystem::path& folder);

/// Collective over `communicator`. Throws SharedError where all ranks can go on with another cell, Error otherwise.
Outcome run_cell(const CellJob& job, distributed::Communicator& communicator);

}  // namespace irmae::training
