// SPDX-License-Identifier: MIT
// How samples are cut into the ranks' contiguous shares.
#pragma once

#include <cstdint>

namespace irmae {

struct Share {
  std::int64_t first, count;
};

/// The share that rank `rank` of `size` has of `count` samples. The shares of all ranks follow each other and differ by at most
/// one sample.
constexpr Share share_of(std::int64_t count, int rank, int size) {
  const std::int64_t first = count * rank / size;
  return {first, count * (rank + 1) / size - first};
}

}  // namespace irmae
