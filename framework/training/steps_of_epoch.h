// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "framework/manifest/cell.h"

namespace irmae::training {

/// Updates in an epoch of so many samples, of which the last may have a batch that is not full. batch: from 1.
constexpr std::int64_t steps_of_epoch(std::int64_t batch, std::int64_t samples) { return (samples + batch - 1) / batch; }

inline std::int64_t steps_of_epoch(const manifest::Cell& cell, std::int64_t samples) {
  return steps_of_epoch(cell.integer("train.batch"), samples);
}

}  // namespace irmae::training
