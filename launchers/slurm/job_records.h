// SPDX-License-Identifier: MIT
// Which Slurm task a cell was last given to: jobs.toml beside each array's batch script. One file an array, as an array is
// recorded before the next one is submitted: one file of all would be written again for each.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace irmae::slurm {

/// The Slurm task of each cell, "<array>_<index>", by the cell's id (64 hex digits).
using JobRecords = std::map<std::string, std::string>;

/// Reads the records of every array in `folder` (DIR/<manifest>/slurm), the newest of each cell. Throws Error for a file that
/// cannot be understood.
JobRecords read_records(const std::filesystem::path& folder);

/// Writes the records of the array in `folder`: one [[task]] with `cell` and `job` for each.
void write_records(const std::filesystem::path& folder, const JobRecords& records);

}  // namespace irmae::slurm
