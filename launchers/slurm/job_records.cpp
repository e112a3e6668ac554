// SPDX-License-Identifier: MIT
#include "launchers/slurm/job_records.h"

#include <fmt/format.h>

#include "launchers/slurm/array_folders.h"
#include "storage/error.h"
#include "storage/system/files.h"
#include "storage/text/toml_entries.h"

namespace irmae::slurm {

namespace {

void add_records(const std::filesystem::path& file, JobRecords& records) {
  try {
    for (const storage::TomlEntry& task : storage::read_entries(file, "task", {"cell", "job"})) {
      if (task[0].empty() || task[1].empty()) throw Error("a task without cell or job");
      records[task[0]] = task[1];
    }
  } catch (const std::exception& error) {
    throw Error(
        fmt::format("{}: {}; without it irmae submit cannot tell which cells are queued: see squeue, and remove the "
                    "file once none is",
                    file.string(), error.what()));
  }
}

}  // namespace

JobRecords read_records(const std::filesystem::path& folder) {
  JobRecords records;
  for (const std::filesystem::path& file : record_files(folder)) add_records(file, records);
  return records;
}

void write_records(const std::filesystem::path& folder, const JobRecords& records) {
  std::string text = "# Written by irmae submit: the Slurm task that each cell was last given to.\n";
  for (const auto& [cell, job] : records) text += fmt::format("\n[[task]]\ncell = \"{}\"\njob = \"{}\"\n", cell, job);
  storage::replace_file(folder / kRecords, text);
}

}  // namespace irmae::slurm
