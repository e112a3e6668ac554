// SPDX-License-Identifier: MIT
#include "launchers/grid/lanes.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/distributed/communicator.h"
#include "launchers/ranks/device.h"

namespace irmae::launchers {

namespace {

/// LibTorch has them for the whole process.
constexpr const char* kSwitches[] = {"train.precision", "train.deterministic"};

/// The switch in which the cells differ, or null.
const char* difference(const std::vector<const manifest::Cell*>& cells) {
  for (const char* key : kSwitches)
    for (const manifest::Cell* cell : cells)
      if (cell->parameters.at(key) != cells.front()->parameters.at(key)) return key;
  return nullptr;
}

}  // namespace

Lanes choose_lanes(const std::vector<const manifest::Cell*>& open, TrainedBy by, int wanted, const GpuShare& gpu, int world,
                   const DataSets& data) {
  if (wanted == 1) return {};
  Lanes lanes;
  for (const manifest::Cell* cell : open) {
    const auto set = data.of(*cell);
    if (set && (wanted > 1 || (may_use_gpu(*cell) && is_small(*cell, set->shape())))) lanes.cells.push_back(cell);
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
  if (by == TrainedBy::several_ranks || other || gpu.none()) return {};
  lanes.count = usual_lanes(gpu.ranks, share);
  return lanes;
}

}  // namespace irmae::launchers
