// SPDX-License-Identifier: MIT
#pragma once

#include <sched.h>

namespace irmae {

/// Cores that this process may use: its affinity mask, which a launcher may have narrowed, not the machine's count.
inline int usable_cores() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  return sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : 1;
}

}  // namespace irmae
