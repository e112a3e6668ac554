// SPDX-License-Identifier: MIT
#include "launchers/status/grid_files.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "framework/manifest/document.h"
#include "launchers/status/toml_entries.h"
#include "storage/error.h"
#include "storage/whole_number.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

namespace {

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// What the task "<array>_<task>" prints, by the --output of its script. A number alone: nothing from a file may lead out of
/// the folder.
fs::path output_of(const std::string& job, const fs::path& array) {
  const auto task = task_index(job);
  return array.empty() || !task ? fs::path() : array / fmt::format("{}.out", *task);
}

/// When the file was written, where this user wrote it: of others Slurm may be told to show no jobs.
std::int64_t noted_by_this_user(const fs::path& file) {
  struct stat facts;
  return stat(file.c_str(), &facts) == 0 && facts.st_uid == geteuid() ? facts.st_mtim.tv_sec : 0;
}

}  // namespace

std::optional<std::size_t> task_index(std::string_view job) {
  const std::size_t line = job.find('_');
  return line == job.npos ? std::nullopt : storage::whole_number<std::size_t>(job.substr(line + 1));
}

bool is_id(const std::string& text) { return text.size() == 64 && is_hex(text); }

bool looks_like_cell(const std::string& folder) {
  return folder.size() > 9 && folder[folder.size() - 9] == '-' && is_hex(std::string_view(folder).substr(folder.size() - 8)) &&
         manifest::is_name(folder.substr(0, folder.size() - 9));
}

fs::path plan_file(const fs::path& folder) {
  const fs::path named = folder.has_filename() ? folder : folder.parent_path();
  return named / (named.filename().string() + ".toml");
}

std::vector<PlannedCell> read_plan(const fs::path& folder) {
  const fs::path path = plan_file(folder);
  std::vector<PlannedCell> cells;
  for (TomlEntry& entry : read_entries(path, "cell", {"name", "id", "train.epochs"})) {
    if (entry[1].empty()) continue;
    PlannedCell cell{std::move(entry[0]), std::move(entry[1]), {}};
    // The name becomes a path: nothing from a file may lead out of the folder.
    if (!manifest::is_name(cell.name) || !is_id(cell.id))
      throw Error(fmt::format("{}: cell '{}' has no proper name and id", path.string(), cell.name));
    if (const auto epochs = storage::whole_number<std::int64_t>(entry[2])) cell.epochs = *epochs;
    cells.push_back(std::move(cell));
  }
  return cells;
}

std::map<std::size_t, fs::path> array_folders(const fs::path& slurm) {
  std::map<std::size_t, fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(slurm, error), end; !error && entry != end; entry.increment(error))
    if (const auto number = storage::whole_number<std::size_t>(entry->path().filename().string()))
      folders[*number] = entry->path();
  if (error && error != std::errc::no_such_file_or_directory)
    throw UnreadableFile(fmt::format("cannot read {}: {}", slurm.string(), error.message()));
  return folders;
}

std::vector<fs::path> record_files(const fs::path& slurm) {
  std::vector<fs::path> files{slurm / kRecords};
  for (const auto& [number, folder] : array_folders(slurm)) files.push_back(folder / kRecords);
  return files;
}

std::vector<SlurmTask> read_tasks(const fs::path& folder) {
  const fs::path slurm = folder / "slurm";
  std::vector<SlurmTask> tasks;
  for (const fs::path& file : record_files(slurm)) {
    const fs::path array = file.parent_path() == slurm ? fs::path() : file.parent_path();
    const std::int64_t noted = noted_by_this_user(file);
    for (const TomlEntry& entry : read_entries(file, "task", {"cell", "job"}))
      if (is_id(entry[0])) tasks.push_back({entry[0], entry[1], output_of(entry[1], array), noted});
  }
  return tasks;
}

}  // namespace irmae::launchers
