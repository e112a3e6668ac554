// SPDX-License-Identifier: MIT
#include "launchers/grid/other_data.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "framework/counted.h"
#include "framework/data/dataset.h"
#include "storage/cell_paths.h"
#include "storage/error.h"
#include "storage/run_file.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

namespace {

/// As the run's provenance has it; empty where it does not say.
std::string trained_on(const fs::path& run) {
  try {
    const auto notes = storage::RunFile(run).provenance();
    const storage::Scalar* data = storage::find_value(notes, "data");
    return data ? storage::text_of(*data) : "";
  } catch (const Error&) {
    return "";  // damaged: said by whoever reads its results
  }
}

}  // namespace

std::vector<std::string> changes_of_data(const std::vector<const manifest::Cell*>& complete, const fs::path& folder) {
  std::map<std::string, std::optional<std::string>> looked;
  std::map<std::string, std::vector<std::string>> changed;  // cells by what is said of them
  for (const manifest::Cell* cell : complete) {
    const auto [place, fresh] = looked.try_emplace(data::samples_key(*cell));
    if (fresh) place->second = data::look_at(*cell);
    if (!place->second) continue;
    const std::string before = trained_on(folder / cell->folder() / storage::kRunFile);
    // A run of an earlier version may say less.
    if (before.empty() || place->second->starts_with(before)) continue;
    changed[fmt::format("data set {} was \"{}\" and is \"{}\" now", cell->text("data.name"), before, *place->second)].push_back(
        cell->folder());
  }
  std::vector<std::string> lines;
  for (const auto& [change, cells] : changed)
    lines.push_back(fmt::format("{} {} not trained again, though {}: move {}{} away to train {} on it",
                                counted(cells.size(), "complete cell"), cells.size() == 1 ? "is" : "are", change,
                                (folder / cells.front()).string(), cells.size() == 1 ? "" : " and the others'",
                                cells.size() == 1 ? "it" : "them"));
  return lines;
}

}  // namespace irmae::launchers
