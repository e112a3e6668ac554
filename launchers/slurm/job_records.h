// SPDX-License-Identifier: MIT
// Which Slurm task a cell was last given to: jobs.toml beside the batch scripts.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace irmae::slurm {

/// By the cell's id (64 hex digits): "<array>_<index>".
using JobRecords = std::map<std::string, std::string>;

/// Empty where there is no file. Error for one that cannot be understood.
JobRecords read_records(const std::filesystem::path& file);

/// Replaces the file: one [[task]] with `cell` and `job` for each.
void write_records(const std::filesystem::path& file, const JobRecords& records);

}  // namespace irmae::slurm
