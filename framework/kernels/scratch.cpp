// SPDX-License-Identifier: MIT
#include "framework/kernels/scratch.h"

#include <cstdint>
#include <vector>

namespace irmae::kernels {

void* scratch_bytes(std::size_t bytes) {
  static thread_local std::vector<std::byte> room;
  if (room.size() < bytes + kCacheLine) room.resize(bytes + kCacheLine);
  const auto start = reinterpret_cast<std::uintptr_t>(room.data());
  return room.data() + (kCacheLine - start % kCacheLine) % kCacheLine;
}

}  // namespace irmae::kernels
