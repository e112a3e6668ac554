// SPDX-License-Identifier: MIT
// A plan's cells on all ranks of the program.
#pragma once

#include <filesystem>

#include "framework/distributed/mpi_communicator.h"
#include "framework/manifest/manifest.h"
#include "launchers/grid/coordinator.h"

namespace irmae::launchers {

struct GridOptions {
  std::filesystem::path place;  ///< DIR/<manifest>
  int ranks_per_cell = 0;       ///< 0: all ranks train each cell together
  int cells_per_gpu = 0;        ///< that a rank trains at once; 0: chosen here
  bool fail_fast = false;
  bool quiet = false;
};

/// Trains the plan's cells on all ranks of the session (null: in this process alone) and returns how they ended: whole on rank
/// 0; the other ranks get only what the exit status depends on, which is `stopped`, `usage` and the lengths of `failures` and
/// `taken_elsewhere`. Collective. Throws SharedError where the data are wrong, and what a single rank cannot share with its
/// team.
Tally run_grid(const manifest::Plan& plan, const GridOptions& options, distributed::MpiSession* session);

}  // namespace irmae::launchers
