// SPDX-License-Identifier: MIT
#include "launchers/status/planned_identities.h"

#include <string>
#include <utility>

#include "framework/manifest/document.h"
#include "launchers/status/grid_files.h"
#include "storage/error.h"
#include "storage/system/files.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

std::vector<storage::Identity> identities_in_plan(const fs::path& folder) {
  manifest::Problems problems;
  manifest::Document plan;
  try {
    if (const fs::path file = plan_file(folder); storage::is_there(file)) plan = manifest::read_document(file, problems);
  } catch (const Error&) {
    return {};
  }
  std::vector<storage::Identity> identities;
  for (manifest::CellEntry& cell : plan.cells) {
    if (cell.id.empty()) continue;  // a manifest's: what it is made of is not all here
    // What all cells share the plan has once; insert() keeps the cell's own.
    cell.settings.insert(plan.settings.begin(), plan.settings.end());
    storage::Identity& identity = identities.emplace_back();
    identity.cell = std::move(cell.name);
    identity.id = std::move(cell.id);
    identity.manifest = folder.filename().string();
    identity.scale = std::move(cell.scale);
    for (auto& [path, setting] : cell.settings) identity.parameters.emplace_back(path, std::move(setting.value));
  }
  return identities;
}

}  // namespace irmae::launchers
