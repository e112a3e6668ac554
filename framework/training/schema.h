// SPDX-License-Identifier: MIT
// All parameters that a manifest may set: the trainer's own and those of every registered method, data set and network.
#pragma once

#include "framework/manifest/cell.h"
#include "framework/manifest/schema.h"

namespace irmae::training {

manifest::Schema schema();

/// What single keys cannot say: combinations that make no sense. Throws UsageError naming the cell and the way out.
void check_cell(const manifest::Cell& cell);

}  // namespace irmae::training
