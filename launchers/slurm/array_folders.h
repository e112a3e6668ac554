// SPDX-License-Identifier: MIT
// What irmae submit leaves in DIR/<manifest>/slurm: a folder for each job array, with a record of its tasks.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace irmae::slurm {

/// The task's number in "<array>_<task>"; nothing where there is none.
std::optional<std::size_t> task_index(std::string_view job);

/// The file in an array's folder that says which cell each of its tasks has.
inline constexpr const char* kRecords = "jobs.toml";

/// The folders `slurm`/<n> of the job arrays, by their numbers; none where there is no folder. Throws Error where it cannot be
/// read.
std::map<std::size_t, std::filesystem::path> array_folders(const std::filesystem::path& slurm);

/// The files jobs.toml below `slurm`, older ones first: one of each array, and one of all arrays that an older version wrote.
std::vector<std::filesystem::path> record_files(const std::filesystem::path& slurm);

}  // namespace irmae::slurm
