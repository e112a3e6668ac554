// SPDX-License-Identifier: MIT
// Which cells are complete, by the run.h5 in their folders.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "framework/manifest/cell.h"

namespace irmae::training {

/// True when `folder` holds a finished run of exactly this cell. Throws Error when its run.h5 is damaged or another
/// cell's, MaybeSound where that cannot be told.
bool is_complete(const manifest::Cell& cell, const std::filesystem::path& folder);

/// Which of the cells have a finished run in their folders below `folder`, as far as that can be told: one that is_complete
/// throws of has none. The seals of all are checked side by side.
std::vector<bool> complete_among(std::span<const manifest::Cell> cells, const std::filesystem::path& folder);

}  // namespace irmae::training
