// SPDX-License-Identifier: MIT
#include "launchers/plan/frozen_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "framework/counted.h"
#include "framework/manifest/cell.h"
#include "launchers/full_schema.h"
#include "launchers/status/grid_files.h"
#include "storage/cell_paths.h"
#include "storage/error.h"
#include "storage/system/files.h"
#include "storage/system/tell.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

namespace {

/// What all cells have in common is written once.
manifest::Parameters common(const std::vector<manifest::Cell>& cells) {
  manifest::Parameters shared = cells.front().parameters;
  for (const manifest::Cell& cell : cells)
    std::erase_if(shared, [&](const auto& parameter) {
      const auto own = cell.parameters.find(parameter.first);
      return own == cell.parameters.end() || own->second != parameter.second;
    });
  shared.erase("train.epochs");  // irmae status reads each cell's own, without a whole reader of manifests
  return shared;
}

std::string frozen_text(const std::vector<manifest::Cell>& cells) {
  const manifest::Parameters shared = common(cells);
  std::string text =
      "# Written by irmae: the cells of this folder. irmae status DIR shows how they stand, and\n"
      "# irmae run DIR --retry failed,dead trains again what failed.\n\n" +
      manifest::to_toml(shared);
  for (const manifest::Cell& cell : cells) {
    text += fmt::format("\n[[cell]]\nname = \"{}\"\nid = \"{}\"\n", cell.name, cell.id());
    if (!cell.scale.empty()) text += fmt::format("scale = \"{}\"\n", cell.scale);
    for (const auto& [path, value] : cell.parameters)
      if (!shared.contains(path)) text += fmt::format("{} = {}\n", path, manifest::to_toml(value));
  }
  return text;
}

/// The cells that are frozen there. A file that this program cannot take, of another version maybe, is put aside and made
/// anew: its runs stay as they are. Throws Error where it cannot be read now, as on a file system that is away.
std::vector<manifest::Cell> frozen_before(const fs::path& file) {
  if (!fs::exists(file)) return {};
  storage::read_text(file);
  try {
    return manifest::load(file, {}, full_schema()).cells;
  } catch (const Error& error) {
    fs::path aside = file.string() + ".old";
    for (int number = 2; fs::exists(aside); ++number) aside = fmt::format("{}.old{}", file.string(), number);
    fs::rename(file, aside);
    storage::tell("irmae: {}\nirmae: this plan was put aside as {}; the cells of this run are planned anew\n", error.what(),
                  aside.string());
    return {};
  }
}

/// Whether the frozen plan in `place` has all of these cells, and they come from a frozen plan themselves: nothing is to be
/// added then. It reads ids alone, where a whole plan of thousands of cells takes seconds. Of a manifest's own cells it says
/// no: they make a damaged plan anew.
bool has_all(const fs::path& place, const std::vector<manifest::Cell>& cells) {
  if (!std::ranges::all_of(cells, &manifest::Cell::frozen)) return false;
  std::unordered_set<std::string> ids;
  try {
    for (PlannedCell& one : read_plan(place)) ids.insert(std::move(one.id));
  } catch (const Error&) {
    return false;  // whoever reads all of it says why
  }
  return std::ranges::all_of(cells, [&](const manifest::Cell& cell) { return ids.contains(cell.id()); });
}

void say_replaced(const std::vector<std::string>& folders) {
  constexpr std::size_t kNamed = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(folders.size(), kNamed); ++i) names += (i > 0 ? ", " : "") + folders[i];
  if (folders.size() > kNamed) names += fmt::format(" and {} more", folders.size() - kNamed);
  storage::tell("irmae: {} left the plan, where {} other parameters now: {}; the earlier command goes on there\n",
                counted(folders.size(), "unfinished cell"), folders.size() == 1 ? "its name has" : "their names have", names);
}

}  // namespace

fs::path freeze_plan(const fs::path& place, const manifest::Plan& plan) {
  storage::make_folder(place);
  const fs::path file = plan_file(place);
  // A thousand tasks of a job array that start at once would wait for each other. A plan is only ever replaced as a whole.
  if (has_all(place, plan.cells)) return file;
  const storage::FileLock lock(place / ".plan.lock");
  std::vector<manifest::Cell> cells = frozen_before(file);
  std::unordered_set<std::string> known;
  std::unordered_map<std::string, std::size_t> by_name;  // where it stands in `cells`
  for (std::size_t i = 0; i < cells.size(); ++i) known.insert(cells[i].id()), by_name[cells[i].name] = i;
  bool changed = false;
  std::vector<std::string> unfinished;  // of those that newer ones of their names replace
  for (const manifest::Cell& cell : plan.cells) {
    if (!known.insert(cell.id()).second) continue;
    // One name, one cell: the newer one is meant. A task of a job that was submitted long ago is not newer for starting now.
    const auto [place_of_name, is_new] = by_name.try_emplace(cell.name, cells.size());
    if (!is_new && cell.frozen) continue;
    if (!is_new) {
      manifest::Cell& older = cells[std::exchange(place_of_name->second, cells.size())];
      if (std::error_code error; !fs::exists(place / older.folder() / storage::kRunFile, error))
        unfinished.push_back(older.folder());
      older.name.clear();
    }
    cells.push_back(cell);
    changed = true;
  }
  if (!changed) return file;
  std::erase_if(cells, [](const manifest::Cell& cell) { return cell.name.empty(); });
  const std::string text = frozen_text(cells);
  storage::replace_file(file, text);
  if (!unfinished.empty()) say_replaced(unfinished);
  return file;
}

FoundPlans find_frozen_plans(const fs::path& folder) {
  FoundPlans found;
  std::error_code error;
  const fs::path here = fs::canonical(folder, error);
  if (error) throw UsageError(fmt::format("{}: there is no such folder", folder.string()));
  const auto look_at = [&](const fs::path& place) {
    try {
      if (storage::is_there(plan_file(place))) found.files.push_back(plan_file(place));
    } catch (const UnreadableFile& closed) {
      found.problems.push_back(fmt::format("{}; if it is a plan, its cells are left out", closed.what()));
    }
  };
  look_at(here);
  for (fs::directory_iterator entry(here, error), end; !error && entry != end; entry.increment(error))
    if (std::error_code ignored; entry->is_directory(ignored)) look_at(entry->path());
  if (error) found.problems.push_back(fmt::format("cannot read {} to its end: {}", here.string(), error.message()));
  std::sort(found.files.begin(), found.files.end());
  if (!found.files.empty()) return found;
  const std::string none = fmt::format("{}: no plan of runs there; ", folder.string());
  if (!found.problems.empty()) throw UsageError(none + found.problems.front());
  throw UsageError(none + (fs::exists(plan_file(here.parent_path()), error)
                               ? fmt::format("it is one folder up: {}", fs::proximate(here.parent_path()).string())
                               : "irmae run MANIFEST -o DIR makes one"));
}

}  // namespace irmae::launchers
