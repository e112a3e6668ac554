// SPDX-License-Identifier: MIT
#include "framework/kernels/scratch.h"

#include <cstdint>
#include <vector>

namespace irmae::kernels {

void* scratch_bytes(std::size_t bytes) {
  constexpr std::size_t line = 64;
  static thread_local std::vector<std::byte> room;
  if (room.size() < bytes + line) room.resize(bytes + line);
  const auto start = reinterpret_cast<std::uintptr_t>(room.data());
  return room.data() + (line - start % line) % line;
}

}  // namespace irmae::kernels
