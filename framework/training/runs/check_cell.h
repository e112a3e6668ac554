// SPDX-License-Identifier: MIT
#pragma once

#include "framework/manifest/cell.h"

namespace irmae::training {

/// What single keys cannot say: combinations that make no sense. Throws UsageError naming the cell and the way out. A frozen
/// cell passes: it was looked at when it was begun, and what has been refused since must not keep it, and the others of its
/// grid, from going on.
void check_cell(const manifest::Cell& cell);

}  // namespace irmae::training
