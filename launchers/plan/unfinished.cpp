// SPDX-License-Identifier: MIT
#include "launchers/plan/unfinished.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "analysis/data_names.h"
#include "launchers/plan/planned_identities.h"

namespace irmae::launchers {

namespace {

using RunsById = std::map<std::string, analysis::Run>;

/// The cells of the frozen plan in this folder as runs without results. None where there is no plan, or it cannot be read.
RunsById planned_in(const std::filesystem::path& folder) {
  RunsById runs;
  for (const storage::Identity& identity : identities_in_plan(folder)) runs[identity.id].identity = identity;
  return runs;
}

bool was_started(CellProgress state) {
  return state == CellProgress::running || state == CellProgress::dead || state == CellProgress::stopped ||
         state == CellProgress::failed;
}

}  // namespace

void add_unfinished(const std::vector<std::string>& folders, analysis::RunSet& set, const AskQueue& queue) {
  std::set<std::string> known, outside;
  for (const analysis::Run& run : set.runs) {
    known.insert(run.identity.id);
    // A plan does not say what is no part of an id: what runs say of it holds for all.
    outside.insert(run.identity.outside.begin(), run.identity.outside.end());
  }
  for (const std::string& folder : folders) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) continue;  // one run.h5, or what find_runs could not read
    const GridStatus grid = read_grid(folder, queue);
    std::map<std::filesystem::path, RunsById> plans;
    for (const CellStatus& cell : grid.cells) {
      if (cell.state == CellProgress::done) continue;
      set.unfinished.push_back(fmt::format("{}/{}: {}", cell.manifest, cell.cell, name_of(cell.state)));
      const std::filesystem::path place = cell.folder.parent_path();
      if (!plans.contains(place)) plans[place] = planned_in(place);
      const auto planned = plans[place].find(cell.id);
      if (planned == plans[place].end()) continue;
      analysis::Run& run = set.planned.emplace_back(planned->second);
      run.identity.outside.assign(outside.begin(), outside.end());
      if (was_started(cell.state) && known.insert(cell.id).second) set.runs.push_back(run);
    }
    for (const std::string& problem : grid.problems)
      if (std::find(set.problems.begin(), set.problems.end(), problem) == set.problems.end()) set.problems.push_back(problem);
  }
  analysis::name_data_sets(set.runs);
}

}  // namespace irmae::launchers
