// SPDX-License-Identifier: MIT
#include "framework/kernels/device_plan.h"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <stdexcept>

#include "framework/kernels/device/jobs.h"

namespace irmae::kernels {

namespace {

using device::kDepth;
using device::kStages;
using device::kThreads;

constexpr std::int64_t kLeastChunk = 64;  ///< shorter parts cost more than they bring
constexpr std::int64_t kMostParts = 64;
/// Blocks for each processor that parts may make: they are for results of fewer tiles than that, and each takes memory.
constexpr std::int64_t kBlocksOfParts = 4;

struct Tile {
  const char* name;
  std::int64_t rows, columns;
  double speed;  ///< elements of the result and time, beside the fastest one
  double alone;  ///< the same of a processor's only block, beside several ones
  std::int64_t side() const { return std::max(rows, columns); }
  /// Tiles of multiply.cuh.
  unsigned shared_bytes() const {
    const auto room = [](std::int64_t side) { return device::room_of(static_cast<int>(side)); };
    return static_cast<unsigned>(kStages * (room(rows) + room(columns)) * 4 + 16);
  }
};
// As in strided.cuh. The last two numbers were read off gpu_kernels_benchmark --tiles.
constexpr Tile kSlim{"slim", 128, 32, 0.58, 0.95}, kSmall{"small", 64, 64, 0.6, 0.95}, kLarge{"large", 128, 128, 0.9, 0.85},
    kHuge{"huge", 256, 128, 1, 1};
using Tiles = std::initializer_list<const Tile*>;

/// A result, and how its blocks are numbered.
struct Size {
  std::int64_t rows, columns, depth;
  int classes = 1;
  bool counted = false;  ///< blocks meet at counters also where sums are in one part
  std::int64_t tiles(const Tile& tile) const { return parts(rows, tile.rows) * parts(columns, tile.columns) * classes; }
};

std::int64_t chunk_of(std::int64_t depth, std::int64_t count) { return parts(parts(depth, count), kDepth) * kDepth; }

/// in_parts: how many parts each sum is wanted in.
DevicePlan plan_of(const Tile& tile, const Size& size, std::int64_t in_parts) {
  const std::int64_t most = std::clamp<std::int64_t>(size.depth / kLeastChunk, 1, kMostParts);
  const std::int64_t chunk = chunk_of(size.depth, std::clamp<std::int64_t>(in_parts, 1, most)),
                     count = parts(size.depth, chunk);
  return {.tile = tile.name,
          .across = static_cast<int>(parts(size.rows, tile.rows)),
          .by = static_cast<int>(parts(size.columns, tile.columns)),
          .classes = size.classes,
          .splits = static_cast<int>(count),
          .chunk = static_cast<int>(chunk),
          .scratch = count > 1 ? size.tiles(tile) * count * (tile.rows * tile.columns + tile.side()) : 0,
          .shared_bytes = tile.shared_bytes()};
}

/// What the processor with the most to do needs, in units of one number's depth of one element: its blocks, what a block takes
/// to start, and to add up the parts of a sum.
double cost(const Tile& tile, const Size& size, std::int64_t count, int processors) {
  const std::int64_t blocks = parts(size.tiles(tile) * count, processors);
  const double depth = static_cast<double>(blocks * chunk_of(size.depth, count)) / (blocks == 1 ? tile.alone : 1);
  const double full = static_cast<double>(size.rows * size.columns * size.classes) /
                      static_cast<double>(size.tiles(tile) * tile.rows * tile.columns);
  const double rest = 64 + (count > 1 ? 20 + 8 * static_cast<double>(count) * full : 0);
  return (depth + rest) * static_cast<double>(tile.rows * tile.columns) / tile.speed;
}

DevicePlan cheapest(Tiles tiles, const Size& size, const DeviceLimits& limits) {
  DevicePlan best;
  double least = std::numeric_limits<double>::infinity();
  for (const Tile* tile : tiles) {
    const std::int64_t number = size.tiles(*tile);
    if (tile->shared_bytes() > limits.shared_bytes || (size.counted && number > kMostTiles)) continue;
    for (std::int64_t count = 1; count <= kMostParts; ++count) {
      if (count > 1 && number * count > std::min(kBlocksOfParts * limits.processors, kMostTiles)) break;
      const DevicePlan plan = plan_of(*tile, size, count);
      if (plan.splits != count) continue;
      if (const double found = cost(*tile, size, count, limits.processors); found < least) least = found, best = plan;
    }
  }
  if (best.across == 0) throw std::logic_error("no tile for a result of " + std::to_string(size.rows) + " rows");
  return best;
}

/// As a user of device_plan names it.
DevicePlan named(const std::string& text, Tiles tiles, const Size& size, const DeviceLimits& limits) {
  const std::string name = text.substr(0, text.find('/'));
  for (const Tile* tile : tiles) {
    if (name != tile->name) continue;
    if (name == text) return cheapest({tile}, size, limits);
    const DevicePlan plan = plan_of(*tile, size, std::stoll(text.substr(name.size() + 1)));
    if (plan.tiles() <= kMostTiles) return plan;
  }
  throw std::logic_error("no tile is called " + text);
}

DevicePlan together(std::int64_t rows, std::int64_t columns, std::int64_t depth) {
  constexpr std::int64_t kPart = 256;  // of the sums, about
  return plan_of(kSmall, {rows, columns, depth}, parts(depth, kPart));
}

}  // namespace

DevicePlan device_plan(const Pair& pair, Work work, const DeviceLimits& limits, const std::string& tile) {
  const std::int64_t places = pair.batch * pair.height * pair.width, fine = pair.fine_channels, coarse = pair.coarse_channels;
  Size size{places, coarse, 16 * fine};
  if (work == Work::up) size = {places, fine, 4 * coarse, 4};
  if (work == Work::weight_gradient) size = {16 * fine, coarse, places, 1, true};
  if (work == Work::up && fine < 4)
    return {.tile = "few", .across = static_cast<int>(parts(places, kThreads)), .by = 1, .classes = size.classes};
  const Tiles most{&kSlim, &kSmall, &kLarge}, all{&kSlim, &kSmall, &kLarge, &kHuge};
  const Tiles tiles = work == Work::weight_gradient || fine % 4 != 0 ? most : all;
  DevicePlan plan = tile.empty() ? cheapest(tiles, size, limits) : named(tile, tiles, size, limits);
  if (work == Work::weight_gradient) plan.scratch += 16 * fine;  // sums that a bias of the fine map is made of
  return plan;
}

DevicePlan device_plan(const Product& product, const DeviceLimits& limits) {
  return cheapest({&kSmall}, {product.rows, product.columns, product.depth}, limits);
}

DevicePlan plan_together(const Product& product) { return together(product.rows, product.columns, product.depth); }

DevicePlan plan_together(const Pair& pair) {
  DevicePlan plan = together(16 * pair.fine_channels, pair.coarse_channels, pair.batch * pair.height * pair.width);
  plan.scratch += 16 * pair.fine_channels;
  return plan;
}

}  // namespace irmae::kernels
