// SPDX-License-Identifier: MIT
// The parameters that every cell has, whatever its data set, network and method. They are declared below all folders that read
// them: a data set reads the seed, a model the precision.
#pragma once

#include <vector>

#include "framework/manifest/schema.h"

namespace irmae::manifest {

/// The keys of these parameters, in the order in which `irmae plan --keys` lists them. The selecting keys, data.name,
/// model.network and model.method, allow the names that are added to the schema (Schema::add).
std::vector<Key> base_keys();

}  // namespace irmae::manifest
