// SPDX-License-Identifier: MIT
#include "framework/parallel.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <vector>

namespace irmae {

namespace {

std::int64_t units_of(const Pieces& pieces) { return (pieces.count + pieces.unit - 1) / pieces.unit; }

/// The `number`-th of so many pieces; may be empty.
kernels::Range range_of(const Pieces& pieces, std::int64_t number, std::int64_t of) {
  const std::int64_t units = units_of(pieces);
  return {units * number / of * pieces.unit, std::min(units * (number + 1) / of * pieces.unit, pieces.count)};
}

}  // namespace

void in_pieces(std::span<const Pieces> all) {
  const std::int64_t threads = at::in_parallel_region() ? 1 : at::get_num_threads();
  const bool divisible = std::any_of(all.begin(), all.end(), [](const Pieces& pieces) { return units_of(pieces) > 1; });
  if (threads == 1 || !divisible) {
    for (const Pieces& pieces : all) pieces.work({0, pieces.count});
    return;
  }
  std::vector<std::atomic<std::int64_t>> taken(static_cast<std::size_t>(threads) * all.size());  // of each block of each work
  at::parallel_for(0, threads, 1, [&](std::int64_t own, std::int64_t) {
    for (std::int64_t i = 0; i < threads; ++i) {
      const std::int64_t block = (own + i) % threads;
      for (std::size_t w = 0; w < all.size(); ++w) {
        std::atomic<std::int64_t>& next = taken[static_cast<std::size_t>(block) * all.size() + w];
        const std::int64_t pieces = all[w].per_block;
        for (std::int64_t k = next++; k < pieces; k = next++) {
          const kernels::Range range = range_of(all[w], block * pieces + k, threads * pieces);
          if (range.first < range.last) all[w].work(range);
        }
      }
    }
  });
}

}  // namespace irmae
