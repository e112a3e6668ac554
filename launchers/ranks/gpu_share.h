// SPDX-License-Identifier: MIT
// Which GPU each rank gets, and how much of it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "framework/distributed/gpu.h"
#include "framework/manifest/cell.h"
#include "framework/models/layers/layer_spec.h"

namespace irmae::launchers {

/// The GPU that a rank has, and how many ranks share it.
struct GpuShare {
  std::string uuid{};  ///< empty: the rank sees no GPU
  int index = 0;       ///< among those that the rank sees
  int ranks = 0;       ///< that have this GPU, the rank itself among them

  bool none() const { return uuid.empty(); }
  bool shared() const { return ranks > 1; }
};

/// The GPU of each rank of the program, by its number; `seen`: what each sees, on whatever host. Ranks that see the same GPUs
/// get them in turn; one that sees others than its neighbours, as where a launcher shows each rank its own, gets one of these.
std::vector<GpuShare> assign_gpus(const std::vector<distributed::VisibleGpus>& seen);

/// Throws UsageError where two of these ranks, which train a cell together, have the same GPU.
void refuse_shared_gpus(std::span<const GpuShare> together);

/// Whether a step of the cell, on samples of this shape, leaves most of a GPU idle.
bool is_small(const manifest::Cell& cell, const models::Shape& shape);

/// How many small cells a rank trains at once where nobody asks for a number. `ranks`: how many have its GPU, itself among
/// them; `share`: how many of the cells fall to it. Both are at least one.
int usual_lanes(int ranks, int share);

}  // namespace irmae::launchers
