// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "framework/manifest/schema.h"

namespace irmae::manifest {

/// Every key with its default, what is allowed and its meaning, grouped by the choice that it belongs to.
std::string describe(const Schema& schema);

/// The choice's keys with the defaults that hold where it is chosen. Its defaults for keys of others are not among them.
std::vector<Key> own_keys(const Choice& choice);

/// The choice's defaults for keys of others.
storage::Attributes defaults_for_others(const Choice& choice);

}  // namespace irmae::manifest
