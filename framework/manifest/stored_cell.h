// SPDX-License-Identifier: MIT
// A cell as a file of its run has it: of another version of this program, damaged, or as anybody may have written it.
#pragma once

#include <filesystem>

#include "framework/manifest/cell.h"
#include "framework/manifest/schema.h"
#include "storage/record.h"

namespace irmae::manifest {

/// The cell of a run as a program with this schema knows it. Keys that are newer than the run get what the run used without
/// them: their defaults. Throws Error naming `path`, the run's file, where a value is none that a manifest may have.
Cell cell_of(const storage::Identity& identity, const Schema& schema, const std::filesystem::path& path);

}  // namespace irmae::manifest
