// SPDX-License-Identifier: MIT
// Independent pieces of work on several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace irmae::storage {

/// Calls work(i) once for each i below count, on up to `threads` threads of which the caller's is one. work must not throw.
template <class Work>
void parallel_for(std::size_t count, std::size_t threads, const Work& work) {
  std::atomic<std::size_t> next{0};
  const auto all = [&] {
    for (std::size_t i; (i = next++) < count;) work(i);
  };
  std::vector<std::jthread> helpers;
  try {
    for (std::size_t i = 1; i < std::min(count, threads); ++i) helpers.emplace_back(all);
  } catch (const std::system_error&) {  // no more threads for this process: those there do it
  }
  all();
}

}  // namespace irmae::storage
