// SPDX-License-Identifier: MIT
#pragma once

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <numeric>
#include <vector>

namespace irmae {

/// For each of the system's cores whether it is in this process's affinity mask, which a launcher may have narrowed; core 0
/// alone where the system does not say.
inline std::vector<bool> affinity_mask() {
  // The kernel refuses a mask that is shorter than its own.
  for (int most = 1024; most <= 1 << 20; most *= 2) {
    cpu_set_t* const mask = CPU_ALLOC(static_cast<std::size_t>(most));
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(most));
    const int status = sched_getaffinity(0, bytes, mask);
    const int error = errno;
    std::vector<bool> cores;
    for (std::size_t core = 0; status == 0 && core < 8 * bytes; ++core) cores.push_back(CPU_ISSET_S(core, bytes, mask));
    CPU_FREE(mask);
    if (status == 0) return cores;
    if (error != EINVAL) break;
  }
  return {true};
}

/// Cores of this process's affinity mask.
inline int cores_of_mask() {
  const std::vector<bool> mask = affinity_mask();
  return static_cast<int>(std::count(mask.begin(), mask.end(), true));
}

/// How many ranks share a core of their host, rounded up: 1 where each is bound to cores of its own, and all where all have the
/// same ones. `ranks_of_core`: for each core how many ranks have it in their masks, of which there is at least one.
inline int ranks_per_core(const std::vector<int>& ranks_of_core) {
  const int used = static_cast<int>(std::count_if(ranks_of_core.begin(), ranks_of_core.end(), [](int n) { return n > 0; }));
  return (std::accumulate(ranks_of_core.begin(), ranks_of_core.end(), 0) + used - 1) / used;
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
