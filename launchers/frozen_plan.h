// SPDX-License-Identifier: MIT
// A plan as a manifest of its own: every cell with every parameter, whatever becomes of the file that it came from.
#pragma once

#include <filesystem>

#include "framework/manifest/manifest.h"

namespace irmae::launchers {

/// Writes `place`/<manifest>.toml and returns its path.
std::filesystem::path freeze_plan(const std::filesystem::path& place, const manifest::Plan& plan);

}  // namespace irmae::launchers
