// SPDX-License-Identifier: MIT
#pragma once

#include "framework/manifest/cell.h"

namespace irmae::training {

/// What single keys cannot say: combinations that make no sense. Throws UsageError naming the cell and the way out.
void check_cell(const manifest::Cell& cell);

}  // namespace irmae::training
