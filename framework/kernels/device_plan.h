// SPDX-License-Identifier: MIT
// How work is cut into blocks of threads for a GPU.
#pragma once

#include <cstdint>
#include <string>

#include "framework/kernels/strided.h"

namespace irmae::kernels {

/// How many parts of at most the length `part` a whole is cut into.
constexpr std::int64_t parts(std::int64_t whole, std::int64_t part) { return (whole + part - 1) / part; }

/// What is done with a pair of maps (see Pair): the coarse one made of the fine one, the reverse, or the gradient of the
/// weights.
enum class Work { down, up, weight_gradient };

/// The most columns of a Product: tiles of 64 of them lie along the y of CUDA's grid of blocks, which takes 65,535.
inline constexpr std::int64_t kMostColumns = 64 * 65'535;

/// Matrix products, row-major. Every width is a multiple of 4, rows may be any number, columns up to kMostColumns.
struct Product {
  enum Kind {
    nt,  ///< first [rows, depth] x second [columns, depth]^T
    nn,  ///< first [rows, depth] x second [depth, columns]
    tn   ///< first [depth, rows]^T x second [depth, columns]
  };
  Kind kind = nt;
  std::int64_t rows = 0, columns = 0, depth = 0;
};

/// The limits of a GPU that a plan depends on.
struct DeviceLimits {
  int processors = 1;         ///< multiprocessors
  unsigned shared_bytes = 0;  ///< of shared memory that a block may use; the smaller tiles need 54 KiB and 69 KiB, and 16 bytes
};

/// How a result is cut: into tiles, across x by, each by a block of threads, and its sums into parts where there are too few
/// tiles.
struct DevicePlan {
  const char* tile = "";                ///< name of a tile's size in strided.cuh
  int across = 0, by = 0, classes = 1;  ///< blocks; classes: of places, that each have tiles of their own
  int splits = 1, chunk = 0;            ///< parts of the sum, and the length of each, a multiple of device::kDepth
  std::int64_t scratch = 0;             ///< floats of scratch memory
  unsigned shared_bytes = 0;            ///< of a block

  std::int64_t tiles() const { return std::int64_t{across} * by * classes; }
};

/// The most tiles of a result that a plan may have where blocks meet at counters, one for each tile and one for all.
inline constexpr std::int64_t kMostTiles = 65'535;

/// The best plan for this work: a function of sizes alone, so that results do not depend on chance. tile: instead of the best,
/// its name, or as well the number of parts ("large/4"). Throws std::logic_error where there is no such tile, or more than
/// kMostTiles.
DevicePlan device_plan(const Pair& pair, Work work, const DeviceLimits& limits, const std::string& tile = "");
DevicePlan device_plan(const Product& product, const DeviceLimits& limits);

/// The plan of a gradient of parameters that is made together with others, which fill the GPU.
DevicePlan plan_together(const Pair& pair);
DevicePlan plan_together(const Product& product);

}  // namespace irmae::kernels
