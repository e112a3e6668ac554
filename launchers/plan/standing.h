// SPDX-License-Identifier: MIT
// How the cells of a plan stand in the folder of its runs, by their files: what irmae plan shows.
#pragma once

#include <filesystem>
#include <string>

#include "framework/cost/cost_model.h"
#include "framework/manifest/manifest.h"
#include "storage/cell_paths.h"

namespace irmae::launchers {

/// How a cell stands. complete: its run.h5 is there. partial: only a checkpoint is. waiting: neither is. A run.h5 that cannot
/// be used is damaged (cut short, changed, or another cell's), newer (written by a newer irmae) or unreadable (closed to
/// whoever looks).
enum class PlanState { complete, partial, waiting, damaged, newer, unreadable };
std::string name_of(PlanState state);

struct Standing {
  PlanState state = PlanState::waiting;
  double left = 1;  ///< share of its training that is not done
};

class Standings {
 public:
  /// Looks at the plan's cells in `output`, the folder of the runs, which need not exist. `costs`, where there are any, have
  /// opened finished runs, which are not opened again; they must outlive it.
  Standings(const manifest::Plan& plan, const std::filesystem::path& output, const cost::CostModel* costs = nullptr);

  Standing of(const manifest::Cell& cell) const;

 private:
  std::filesystem::path run_file(const manifest::Cell& cell) const { return folder_ / cell.folder() / storage::kRunFile; }

  std::filesystem::path folder_;
  const cost::CostModel* costs_;
  bool many_ = false;
};

}  // namespace irmae::launchers
