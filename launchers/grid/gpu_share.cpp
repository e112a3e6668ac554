// SPDX-License-Identifier: MIT
#include "launchers/grid/gpu_share.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/cost/layers.h"
#include "framework/counted.h"
#include "storage/error.h"

namespace irmae::launchers {

namespace {

/// Lanes of all ranks on one GPU, where nobody asks for another number: on an H100 sixteen cells of the shapes trained together
/// more slowly.
constexpr int kLanesOfGpu = 8;
/// A step of more operations than this keeps a GPU busy by itself: a millisecond and more of the 20 TFLOP/s that may be had.
/// The paper's shapes and MNIST networks need 3e9 and 5e9 at batch 32, that of CelebA 4e11.
constexpr double kSmallStep = 2e10;

}  // namespace

GpuShare gpu_for(Neighbours neighbours, int gpus, bool with_others) {
  const bool shared = neighbours.count > gpus;
  if (shared && with_others)
    throw UsageError(
        fmt::format("{} on a host with {}: start at most one rank for each GPU, or set "
                    "train.device=cpu",
                    counted(neighbours.count, "rank"), counted(gpus, "GPU")));
  return {neighbours.rank % gpus, shared};
}

bool is_small(const manifest::Cell& cell, const models::Shape& shape) {
  const double sample = cost::training_flops(cost::layers_of(cell, shape));
  return sample * static_cast<double>(cell.integer("train.batch")) <= kSmallStep;
}

int usual_lanes(int gpus, int ranks, int share) {
  const int ranks_of_gpu = (ranks + gpus - 1) / gpus;
  return std::clamp(kLanesOfGpu / ranks_of_gpu, 1, share);
}

}  // namespace irmae::launchers
