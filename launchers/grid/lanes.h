// SPDX-License-Identifier: MIT
// How many cells one rank trains at once: in lanes, each a thread of the process, on a GPU with a stream and recordings of its
// own. The paper's networks are so small that one of them leaves most of a GPU idle.
#pragma once

#include <vector>

#include "framework/manifest/cell.h"
#include "launchers/data_sets.h"
#include "launchers/ranks/gpu_share.h"

namespace irmae::launchers {

struct Lanes {
  int count = 1;                               ///< that a rank may have
  std::vector<const manifest::Cell*> cells{};  ///< for them; every other cell has its rank to itself
};

/// By how many ranks each of the cells is trained; several where any of them is.
enum class TrainedBy { one_rank, several_ranks };

/// Chooses how many of the cells `open`, which are to be trained, a rank trains at once, and which. wanted: what the user asks
/// for, for all of them; 0: several for those that are small and go to a GPU. `gpu`: of this rank. `world`: ranks of the
/// program, of which none gets more lanes than its share of the cells fills. Ranks whose GPUs have other numbers of ranks may
/// get another count. Throws SharedError where what is asked for cannot be.
Lanes choose_lanes(const std::vector<const manifest::Cell*>& open, TrainedBy by, int wanted, const GpuShare& gpu, int world,
                   const DataSets& data);

}  // namespace irmae::launchers
