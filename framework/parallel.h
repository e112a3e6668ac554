// SPDX-License-Identifier: MIT
// Work spread over LibTorch's threads.
#pragma once

#include <cstdint>
#include <functional>

#include "framework/kernels/range.h"

namespace irmae {

/// Calls work for pieces of 0..count, each a multiple of `unit` but the last, on all threads. A thread begins with pieces of
/// its own block, the same in each call, whose data its core may still have; when they are done it helps the others, as threads
/// are never equally fast.
void in_pieces(std::int64_t count, std::int64_t unit, const std::function<void(kernels::Range)>& work);

}  // namespace irmae
