// SPDX-License-Identifier: MIT
// Work spread over LibTorch's threads.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "framework/kernels/range.h"

namespace irmae {

/// Work on 0..count that can be done in pieces, each a multiple of `unit` but the last.
struct Pieces {
  std::int64_t count, unit;
  std::function<void(kernels::Range)> work;
  /// Into how many pieces a thread's block is cut. More let threads help each other better; fewer save what each piece begins
  /// with.
  std::int64_t per_block = 4;
};

/// Does all of these works on all threads, without a meeting of the threads between them: none may need another's result. A
/// thread begins with pieces of its own block of each, the same in each call, whose data its core may still have; when they are
/// done it helps the others, as threads are never equally fast.
void in_pieces(std::span<const Pieces> all);

inline void in_pieces(std::int64_t count, std::int64_t unit, std::function<void(kernels::Range)> work) {
  const Pieces one{count, unit, std::move(work)};
  in_pieces({&one, 1});
}

}  // namespace irmae
