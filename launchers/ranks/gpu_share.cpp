// SPDX-License-Identifier: MIT
#include "launchers/ranks/gpu_share.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <numeric>
#include <set>

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

std::vector<GpuShare> assign_gpus(const std::vector<distributed::VisibleGpus>& seen) {
  // Who sees few has the first choice: a neighbour that sees more has others to take.
  std::vector<std::size_t> order(seen.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return seen[a].size() < seen[b].size(); });
  std::map<std::string, int> ranks;  // that have a GPU, so far
  std::vector<GpuShare> gpus(seen.size());
  for (const std::size_t rank : order) {
    if (seen[rank].empty()) continue;
    // Of those that the fewest have, the first one that the rank sees.
    const auto freest = std::min_element(seen[rank].begin(), seen[rank].end(),
                                         [&](const std::string& a, const std::string& b) { return ranks[a] < ranks[b]; });
    gpus[rank].uuid = *freest;
    gpus[rank].index = static_cast<int>(freest - seen[rank].begin());
    ++ranks[*freest];
  }
  for (GpuShare& gpu : gpus)
    if (!gpu.none()) gpu.ranks = ranks.at(gpu.uuid);
  return gpus;
}

void refuse_shared_gpus(std::span<const GpuShare> together) {
  std::set<std::string> different;
  std::size_t with = 0;
  for (const GpuShare& gpu : together) {
    if (gpu.none()) continue;  // that not all ranks have a GPU is another matter
    ++with;
    different.insert(gpu.uuid);
  }
  if (different.size() < with)
    throw UsageError(
        fmt::format("{} that train a cell together have {}: start at most one rank for each GPU of a host, or set "
                    "train.device=cpu",
                    counted(with, "rank"), counted(different.size(), "GPU")));
}

bool is_small(const manifest::Cell& cell, const models::Shape& shape) {
  const double sample = cost::training_flops(cost::layers_of(cell, shape));
  return sample * static_cast<double>(cell.integer("train.batch")) <= kSmallStep;
}

int usual_lanes(int ranks, int share) { return std::clamp(kLanesOfGpu / ranks, 1, share); }

}  // namespace irmae::launchers
