// SPDX-License-Identifier: MIT
#include "framework/parallel.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <vector>

namespace irmae {

void in_pieces(std::int64_t count, std::int64_t unit, const std::function<void(kernels::Range)>& work) {
  const std::int64_t threads = at::in_parallel_region() ? 1 : at::get_num_threads(), units = (count + unit - 1) / unit;
  if (threads == 1 || units == 1) return work({0, count});
  constexpr std::int64_t kPerThread = 4;
  std::vector<std::atomic<std::int64_t>> done(static_cast<std::size_t>(threads));
  at::parallel_for(0, threads, 1, [&](std::int64_t own, std::int64_t) {
    for (std::int64_t i = 0; i < threads; ++i) {
      const std::int64_t block = (own + i) % threads;
      std::atomic<std::int64_t>& taken = done[static_cast<std::size_t>(block)];
      for (std::int64_t k = taken++; k < kPerThread; k = taken++) {
        const std::int64_t piece = block * kPerThread + k, pieces = threads * kPerThread;
        const kernels::Range range{units * piece / pieces * unit, std::min(units * (piece + 1) / pieces * unit, count)};
        if (range.first < range.last) work(range);
      }
    }
  });
}

}  // namespace irmae
