// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace irmae::kernels {

/// A range of indices, `last` excluded.
struct Range {
  std::int64_t first = 0, last = 0;
};

}  // namespace irmae::kernels
