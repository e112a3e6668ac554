// SPDX-License-Identifier: MIT
#include "launchers/slurm/job_records.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include "storage/error.h"
#include "storage/files.h"

namespace irmae::slurm {

JobRecords read_records(const std::filesystem::path& file) {
  JobRecords records;
  if (!std::filesystem::exists(file)) return records;
  try {
    const toml::table document = toml::parse(storage::read_text(file));
    const toml::array* tasks = document["task"].as_array();
    if (!tasks) return records;
    for (const toml::node& task : *tasks) {
      const toml::table* entry = task.as_table();
      const auto text = [&](const char* key) { return entry ? (*entry)[key].value<std::string>() : std::nullopt; };
      if (!text("cell") || !text("job")) throw Error("a task without cell or job");
      records[*text("cell")] = *text("job");
    }
  } catch (const std::exception& error) {
    throw Error(
        fmt::format("{}: {}; without it irmae submit cannot tell which cells are queued: see squeue, and remove the "
                    "file once none is",
                    file.string(), error.what()));
  }
  return records;
}

void write_records(const std::filesystem::path& file, const JobRecords& records) {
  std::string text = "# Written by irmae submit: the Slurm task that each cell was last given to.\n";
  for (const auto& [cell, job] : records) text += fmt::format("\n[[task]]\ncell = \"{}\"\njob = \"{}\"\n", cell, job);
  storage::replace_file(file, text.data(), text.size());
}

}  // namespace irmae::slurm
