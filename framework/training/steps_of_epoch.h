// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "framework/manifest/cell.h"

namespace irmae::training {

/// Updates in an epoch of so many samples, of which the last may have a batch that is not full.
inline std::int64_t steps_of_epoch(const manifest::Cell& cell, std::int64_t samples) {
  const std::int64_t batch = cell.integer("train.batch");
  return (samples + batch - 1) / batch;
}

}  // namespace irmae::training
