// SPDX-License-Identifier: MIT
#include "framework/training/runs/complete_cells.h"

#include <fmt/format.h>

#include <string>

#include "storage/cell_paths.h"
#include "storage/error.h"
#include "storage/run_file.h"
#include "storage/seal.h"
#include "storage/system/files.h"

namespace irmae::training {

namespace fs = std::filesystem;

bool is_complete(const manifest::Cell& cell, const fs::path& folder) {
  const fs::path path = folder / storage::kRunFile;
  if (!storage::is_there(path)) return false;
  std::string id;
  try {
    id = storage::RunFile(path).id();
  } catch (const MaybeSound&) {
    throw;
  } catch (const Error& error) {
    throw Error(fmt::format("{}; move it away to train this cell again", error.what()));
  }
  if (id != cell.id())
    throw Error(fmt::format("{} belongs to cell {}, not {}: move it away or choose another -o", path.string(),
                            storage::short_id(id), storage::short_id(cell.id())));
  return true;
}

std::vector<bool> complete_among(std::span<const manifest::Cell> cells, const fs::path& folder) {
  std::vector<fs::path> files;
  for (const manifest::Cell& cell : cells) files.push_back(folder / cell.folder() / storage::kRunFile);
  storage::check_seals_ahead(files);
  std::vector<bool> complete;
  for (const manifest::Cell& cell : cells) {
    try {
      complete.push_back(is_complete(cell, folder / cell.folder()));
    } catch (const Error&) {
      complete.push_back(false);  // who trains it is told
    }
  }
  return complete;
}

}  // namespace irmae::training
