// SPDX-License-Identifier: MIT
#pragma once

#include "framework/manifest/schema.h"

namespace irmae::models {

/// What a manifest may set for a cell's training: the base keys, and the choices of every registered data set, network and
/// method. Evaluations have keys of their own.
manifest::Schema cell_schema();

}  // namespace irmae::models
