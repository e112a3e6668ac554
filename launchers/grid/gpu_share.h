// SPDX-License-Identifier: MIT
// Which GPU of a host a rank gets, and how much of it.
#pragma once

#include "framework/manifest/cell.h"
#include "framework/models/network.h"
#include "launchers/grid/device.h"

namespace irmae::launchers {

struct GpuShare {
  int index = 0;        ///< of the GPU on the host
  bool shared = false;  ///< with other ranks
};

/// Of a rank that sees `gpus` GPUs (at least one) on its host: that of its place, in turn where there are more ranks than GPUs.
/// with_others: these train its cell with it, and each needs one of its own. Throws UsageError where they cannot have that.
GpuShare gpu_for(Neighbours neighbours, int gpus, bool with_others);

/// Whether a step of the cell, on samples of this shape, leaves most of a GPU idle.
bool is_small(const manifest::Cell& cell, const models::Shape& shape);

/// Small cells that a rank trains at once where nobody asks for a number: on a host with `gpus` GPUs (at least one) for so many
/// ranks, of which this one has at most `share` cells to train (at least one).
int usual_lanes(int gpus, int ranks, int share);

}  // namespace irmae::launchers
