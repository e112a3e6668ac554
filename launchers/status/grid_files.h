// SPDX-License-Identifier: MIT
// What a manifest's output folder holds besides the cells: the frozen plan and the list of submitted Slurm tasks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "storage/cell_paths.h"

namespace irmae::launchers {

struct PlannedCell {
  std::string name, id;
  std::optional<std::int64_t> epochs;

  std::string folder() const { return storage::cell_folder(name, id); }
};

/// The file of the frozen plan in a manifest's output folder: `folder`/<its name>.toml.
std::filesystem::path plan_file(const std::filesystem::path& folder);

/// The cells of plan_file(folder), where `irmae run` and `irmae submit` keep the plan. None where there is no
/// such file, or one that gives its cells no ids (a manifest). Throws Error where it cannot be read.
std::vector<PlannedCell> read_plan(const std::filesystem::path& folder);

struct SlurmTask {
  std::string cell;                ///< its id
  std::string job;                 ///< "<array>_<task>"
  std::filesystem::path output{};  ///< what the task prints, once it has begun; empty: not known
  std::int64_t noted = 0;          ///< when this user submitted it, seconds since 1970; 0: somebody else did
};

/// Reads the tasks that the files slurm::record_files(`folder`/slurm) list, in their order; entries without a cell's id are
/// left out. Throws Error where a file cannot be read.
std::vector<SlurmTask> read_tasks(const std::filesystem::path& folder);

/// Whether a folder's name is one that storage::cell_folder() makes, with a name that a cell may have.
bool looks_like_cell(const std::string& folder);

}  // namespace irmae::launchers
