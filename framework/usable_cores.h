// SPDX-License-Identifier: MIT
#pragma once

#include <sched.h>

#include <cerrno>

namespace irmae {

/// Cores that this process may use: its affinity mask, which a launcher may have narrowed, not the machine's count. 1 where
/// the system does not say.
inline int usable_cores() {
  // The kernel refuses a mask that is shorter than its own.
  for (int most = 1024; most <= 1 << 20; most *= 2) {
    cpu_set_t* const mask = CPU_ALLOC(static_cast<std::size_t>(most));
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(most));
    const int status = sched_getaffinity(0, bytes, mask);
    const int count = status == 0 ? CPU_COUNT_S(bytes, mask) : 0;
    CPU_FREE(mask);
    if (status == 0) return count;
    if (errno != EINVAL) break;
  }
  return 1;
}

}  // namespace irmae
