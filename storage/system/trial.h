// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>

namespace irmae::storage {

/// The limits of a trial by end_of_trial().
struct Bounds {
  std::uint64_t seconds = 20;                    ///< of a processor; of the clock, twice as many and a minute
  std::uint64_t bytes = std::uint64_t{2} << 30;  ///< of memory, more than the process has
};

enum class TrialEnd {
  came,          ///< by itself, be it an exception (memory that is refused is one); also where no process can be made
  brought_down,  ///< by a signal, such as the one that ends its time of a processor
  out_of_time,   ///< of the clock, which goes on while a job is suspended or waits for a file server
};

/// Calls `work` in a copy of this process, of this thread alone. What it changes in memory stays in the copy.
TrialEnd end_of_trial(const std::function<void()>& work, Bounds bounds = {});

}  // namespace irmae::storage
