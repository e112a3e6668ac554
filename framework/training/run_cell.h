// SPDX-License-Identifier: MIT
// One cell from its folder to its run.h5: skipped when complete, resumed when a checkpoint is there, stopped cleanly.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "framework/data/dataset.h"
#include "framework/distributed/communicator.h"
#include "framework/distributed/stopped_early.h"
#include "framework/manifest/cell.h"
#include "framework/training/place.h"
#include "framework/training/progress.h"
#include "framework/training/provenance.h"
#include "storage/record.h"

namespace irmae::training {

enum class Outcome { trained, complete_before, stopped };

class Trainer;

/// What is measured on the trained model, on every rank; rank 0's result is stored. The latents are whole on rank 0 only. It
/// may throw distributed::StoppedEarly.
using Evaluate =
    std::function<std::vector<storage::Evaluation>(Trainer&, const data::Dataset&, distributed::Communicator&,
                                                   const storage::Latents& train, const storage::Latents& validation)>;

struct CellJob {
  const manifest::Cell& cell;
  const data::Dataset& dataset;
  std::filesystem::path folder;  ///< the cell's own
  Place place;
  Notes provenance;
  Progress& progress;
  Evaluate evaluate;  ///< may be empty
};

/// True when `folder` holds a finished run of exactly this cell. Throws Error when its run.h5 is damaged or another
/// cell's, UnreadableFile or NewerFile where that cannot be told.
bool is_complete(const manifest::Cell& cell, const std::filesystem::path& folder);

/// Which of the cells have a finished run in their folders below `folder`, as far as that can be told: one that is_complete
/// throws of has none. The seals of all are checked side by side.
std::vector<bool> complete_among(std::span<const manifest::Cell> cells, const std::filesystem::path& folder);

/// Leaves in `folder` that the cell has failed before its training could begin. Throws Error, also where another process
/// trains it now.
void note_failure(const manifest::Cell& cell, const std::filesystem::path& folder, const std::string& error);

/// The same for a rank that fails alone in a cell that another rank's folder is open for: both end now. `place`: the rank and
/// its phase. Throws nothing.
void note_failed_rank(const std::filesystem::path& folder, const std::string& place, const std::string& error);

/// Collective over `communicator`. Throws SharedError where all ranks can go on with another cell, Error otherwise.
Outcome run_cell(const CellJob& job, distributed::Communicator& communicator);

}  // namespace irmae::training
