// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>

namespace irmae::storage {

/// The limits of a trial by comes_to_an_end().
struct Bounds {
  std::uint64_t seconds = 20;                    ///< of a processor; of the clock, twice as many and a minute
  std::uint64_t bytes = std::uint64_t{2} << 30;  ///< of memory, more than the process has
};

/// Calls `work` in a copy of this process, of this thread alone. False where that was brought down by a signal, such as the one
/// that ends its time; true where it came to an end, be it an exception (memory that is refused is one), and where no process
/// can be made. What `work` changes in memory stays in the copy.
bool comes_to_an_end(const std::function<void()>& work, Bounds bounds = {});

}  // namespace irmae::storage
