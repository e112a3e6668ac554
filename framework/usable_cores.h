// SPDX-License-Identifier: MIT
#pragma once

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <limits>

namespace irmae {

/// Cores of this process's affinity mask, which a launcher may have narrowed; 1 where the system does not say.
inline int cores_of_mask() {
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

/// Cores whose time a container's quota allows, rounded up; the largest number where there is none.
inline int cores_of_quota() {
  double quota = 0, period = 0;
  if (std::ifstream both("/sys/fs/cgroup/cpu.max"); both) {
    both >> quota >> period;  // "max 100000" is no quota
  } else {
    std::ifstream("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") >> quota;  // -1: none
    std::ifstream("/sys/fs/cgroup/cpu/cpu.cfs_period_us") >> period;
  }
  if (!(quota > 0) || !(period > 0)) return std::numeric_limits<int>::max();
  return std::max(1, static_cast<int>(std::ceil(quota / period)));
}

/// Cores that this process may use.
inline int usable_cores() { return std::min(cores_of_mask(), cores_of_quota()); }

}  // namespace irmae
