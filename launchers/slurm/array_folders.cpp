// SPDX-License-Identifier: MIT
#include "launchers/slurm/array_folders.h"

#include <fmt/format.h>

#include "storage/error.h"
#include "storage/text/number_in.h"

namespace irmae::slurm {

namespace fs = std::filesystem;

std::optional<std::size_t> task_index(std::string_view job) {
  const std::size_t line = job.find('_');
  return line == job.npos ? std::nullopt : storage::number_in<std::size_t>(job.substr(line + 1));
}

std::map<std::size_t, fs::path> array_folders(const fs::path& slurm) {
  std::map<std::size_t, fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(slurm, error), end; !error && entry != end; entry.increment(error))
    if (const auto number = storage::number_in<std::size_t>(entry->path().filename().string()))
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

}  // namespace irmae::slurm
