// SPDX-License-Identifier: MIT
// The cells of a frozen plan as it has them, without LibTorch or the schema of models: for irmae, which trains none of them.
#pragma once

#include <filesystem>
#include <vector>

#include "storage/record.h"

namespace irmae::launchers {

/// The cells of the frozen plan in `folder` (DIR/<manifest>), each with all its parameters, in the plan's order; they lack the
/// text of their parameters and which of these are no part of the id. None where there is no plan, or it cannot be read.
std::vector<storage::Identity> identities_in_plan(const std::filesystem::path& folder);

}  // namespace irmae::launchers
