// SPDX-License-Identifier: MIT
// Memory for the kernels of all instruction sets. Compiled for none of them: what the standard library's templates become is
// one function for the whole program, and must run on every processor.
#pragma once

#include <cstddef>

namespace irmae::kernels {

/// Bytes of a line of the cache.
constexpr std::size_t kCacheLine = 64;

/// So many bytes of this thread, as they were left, until the thread's next call. They begin with a line of the cache, so that
/// no vector lies across two.
void* scratch_bytes(std::size_t bytes);

}  // namespace irmae::kernels
