// SPDX-License-Identifier: MIT
#include "launchers/grid/lanes.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/cost/layers.h"
#include "framework/distributed/communicator.h"
#include "framework/distributed/gpu.h"

namespace irmae::launchers {

namespace {

/// Lanes of all ranks on one GPU, where nobody asks for another number: on an H100 sixteen cells of the shapes trained together
/// more slowly.
constexpr int kLanesOfGpu = 8;
/// A step of more operations than this keeps a GPU busy by itself: a millisecond and more of the 20 TFLOP/s that may be had.
/// The paper's shapes and MNIST networks need 3e9 and 5e9 at batch 32, that of CelebA 4e11.
constexpr double kSmallStep = 2e10;

/// LibTorch has them for the whole process.
constexpr const char* kSwitches[] = {"train.precision", "train.deterministic"};

/// The switch in which the cells differ, or null.
const char* difference(const std::vector<const manifest::Cell*>& cells) {
  for (const char* key : kSwitches)
    for (const manifest::Cell* cell : cells)
      if (cell->parameters.at(key) != cells.front()->parameters.at(key)) return key;
  return nullptr;
}

bool small(const manifest::Cell& cell, const data::Dataset& set) {
  const double sample = cost::training_flops(cost::layers_of(cell, set.shape()));
  return sample * static_cast<double>(cell.integer("train.batch")) <= kSmallStep;
}

}  // namespace

Lanes choose_lanes(const std::vector<const manifest::Cell*>& open, TrainedBy by, int wanted, Neighbours neighbours, int world,
                   const DataSets& data) {
  if (wanted == 1) return {};
  Lanes lanes;
  for (const manifest::Cell* cell : open) {
    const auto set = data.of(*cell);
    if (set && (wanted > 1 || (cell->text("train.device") != "cpu" && small(*cell, *set)))) lanes.cells.push_back(cell);
  }
  if (lanes.cells.empty()) return {};
  const char* other = difference(lanes.cells);
  const int share = (static_cast<int>(lanes.cells.size()) + world - 1) / world;
  if (wanted > 1) {
    const auto refuse = [&](const std::string& why) {
      throw distributed::SharedError(fmt::format("--cells-per-gpu {}: {}", wanted, why), Failure::use);
    };
    if (by == TrainedBy::several_ranks)
      refuse("a cell that several ranks train together has their GPUs alone; add --ranks-per-cell 1, or leave train.ranks out");
    if (other)
      refuse(fmt::format("the cells differ in {}, which is one for all cells of a process; choose them with --only", other));
    lanes.count = std::min(wanted, share);
    return lanes;
  }
  const int gpus = by == TrainedBy::one_rank && !other ? distributed::gpu_count() : 0;
  if (gpus == 0) return {};
  const int ranks_of_gpu = (neighbours.count + gpus - 1) / gpus;
  lanes.count = std::clamp(kLanesOfGpu / ranks_of_gpu, 1, share);
  return lanes;
}

}  // namespace irmae::launchers
