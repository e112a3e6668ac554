// SPDX-License-Identifier: MIT
#include "launchers/status/grid_files.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "framework/manifest/document.h"
#include "launchers/slurm/array_folders.h"
#include "storage/error.h"
#include "storage/text/number_in.h"
#include "storage/text/toml_entries.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

namespace {

/// What the task "<array>_<task>" prints, by the --output of its script. A number alone: nothing from a file may lead out of
/// the folder.
fs::path output_of(const std::string& job, const fs::path& array) {
  const auto task = slurm::task_index(job);
  return array.empty() || !task ? fs::path() : array / fmt::format("{}.out", *task);
}

/// When the file was written, where this user wrote it: of others Slurm may be told to show no jobs.
std::int64_t noted_by_this_user(const fs::path& file) {
  struct stat facts;
  return stat(file.c_str(), &facts) == 0 && facts.st_uid == geteuid() ? facts.st_mtim.tv_sec : 0;
}

}  // namespace

bool looks_like_cell(const std::string& folder) {
  const auto parts = storage::parse_cell_folder(folder);
  return parts && manifest::is_name(parts->name);
}

fs::path plan_file(const fs::path& folder) {
  const fs::path named = folder.has_filename() ? folder : folder.parent_path();
  return named / (named.filename().string() + ".toml");
}

std::vector<PlannedCell> read_plan(const fs::path& folder) {
  const fs::path path = plan_file(folder);
  std::vector<PlannedCell> cells;
  for (storage::TomlEntry& entry : storage::read_entries(path, "cell", {"name", "id", "train.epochs"})) {
    if (entry[1].empty()) continue;
    PlannedCell cell{std::move(entry[0]), std::move(entry[1]), {}};
    // The name becomes a path: nothing from a file may lead out of the folder.
    if (!manifest::is_name(cell.name) || !storage::is_id(cell.id))
      throw Error(fmt::format("{}: cell '{}' has no proper name and id", path.string(), cell.name));
    if (const auto epochs = storage::number_in<std::int64_t>(entry[2])) cell.epochs = *epochs;
    cells.push_back(std::move(cell));
  }
  return cells;
}

std::vector<SlurmTask> read_tasks(const fs::path& folder) {
  const fs::path slurm = folder / "slurm";
  std::vector<SlurmTask> tasks;
  for (const fs::path& file : slurm::record_files(slurm)) {
    const fs::path array = file.parent_path() == slurm ? fs::path() : file.parent_path();
    const std::int64_t noted = noted_by_this_user(file);
    for (const storage::TomlEntry& entry : storage::read_entries(file, "task", {"cell", "job"}))
      if (storage::is_id(entry[0])) tasks.push_back({entry[0], entry[1], output_of(entry[1], array), noted});
  }
  return tasks;
}

}  // namespace irmae::launchers
