// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "framework/manifest/schema.h"

namespace irmae::manifest {

/// Every key with its default, what is allowed and its meaning, grouped by the choice that it belongs to.
std::string describe(const Schema& schema);

}  // namespace irmae::manifest
