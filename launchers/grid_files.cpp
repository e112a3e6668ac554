// SPDX-License-Identifier: MIT
#include "launchers/grid_files.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "framework/manifest/document.h"
#include "storage/error.h"
#include "storage/files.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

namespace {

/// 10,000 cells with every parameter are some 15 MB.
constexpr std::uintmax_t kLargestFile = std::uintmax_t{1} << 28;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// The tables of the array `key`; none where the file is not there.
std::vector<toml::table> tables_of(const fs::path& path, const char* key) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return {};
  if (size > kLargestFile) throw Error(fmt::format("{}: larger than 256 MiB: not a plan", path.string()));
  std::vector<toml::table> tables;
  try {
    toml::table table = toml::parse(storage::read_text(path), path.string());
    if (auto* list = table[key].as_array())
      for (toml::node& node : *list)
        if (auto* entry = node.as_table()) tables.push_back(std::move(*entry));
  } catch (const toml::parse_error& reason) {
    throw Error(fmt::format("{}:{}:{}: {}", path.string(), reason.source().begin.line, reason.source().begin.column,
                            std::string(reason.description())));
  }
  return tables;
}

}  // namespace

bool is_id(const std::string& text) { return text.size() == 64 && is_hex(text); }

bool looks_like_cell(const std::string& folder) {
  return folder.size() > 9 && folder[folder.size() - 9] == '-' && is_hex(std::string_view(folder).substr(folder.size() - 8)) &&
         manifest::is_name(folder.substr(0, folder.size() - 9));
}

std::vector<PlannedCell> read_plan(const fs::path& folder) {
  const fs::path path = folder / (folder.filename().string() + ".toml");
  std::vector<PlannedCell> cells;
  for (const toml::table& entry : tables_of(path, "cell")) {
    if (!entry.contains("id")) continue;
    PlannedCell cell{entry["name"].value_or(std::string()), entry["id"].value_or(std::string()), {}};
    // The name becomes a path: nothing from a file may lead out of the folder.
    if (!manifest::is_name(cell.name) || !is_id(cell.id))
      throw Error(fmt::format("{}: cell '{}' has no proper name and id", path.string(), cell.name));
    cell.epochs = entry.at_path("train.epochs").value<std::int64_t>();
    cells.push_back(std::move(cell));
  }
  return cells;
}

std::vector<SlurmTask> read_tasks(const fs::path& folder) {
  std::vector<SlurmTask> tasks;
  for (const toml::table& entry : tables_of(folder / "slurm" / "jobs.toml", "task"))
    tasks.push_back({entry["cell"].value_or(std::string()), entry["job"].value_or(std::string())});
  return tasks;
}

}  // namespace irmae::launchers
