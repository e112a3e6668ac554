// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "launchers/plan/expected.h"

namespace irmae::launchers {

/// What the cells take one after the other, and what that rests on: "2 cells, 1 complete; about 12 s on 1 rank of this machine,
/// by rates measured in out".
std::string total_of(const std::vector<Expected>& cells, int ranks, const std::string& output);

}  // namespace irmae::launchers
