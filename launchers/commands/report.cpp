// SPDX-License-Identifier: MIT
// irmae report DIR... -o report.html
#include "analysis/report/report.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "launchers/analysis_commands.h"
#include "launchers/exit_status.h"
#include "launchers/output_file.h"
#include "launchers/status/grid_state.h"
#include "launchers/status/planned_identities.h"
#include "storage/system/files.h"

namespace irmae::launchers {

namespace {

struct ReportOptions {
  std::vector<std::string> folders;
  std::string output = "report.html";
};

/// Adds the cells that the folders' plans have and that are not done: what the page lacks.
void add_unfinished(const std::vector<std::string>& folders, analysis::RunSet& set) {
  for (const std::string& folder : folders) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) continue;  // one run.h5, or what find_runs could not read
    const GridStatus grid = read_grid(folder);
    std::map<std::filesystem::path, std::map<std::string, analysis::Run>> plans;  // their cells as runs without results, by id
    for (const CellStatus& cell : grid.cells) {
      if (cell.state == CellProgress::done) continue;
      set.unfinished.push_back(fmt::format("{}/{}: {}", cell.manifest, cell.cell, name_of(cell.state)));
      const auto [place, unseen] = plans.try_emplace(cell.folder.parent_path());
      auto& runs = place->second;
      if (unseen)
        for (const storage::Identity& identity : identities_in_plan(place->first)) runs[identity.id].identity = identity;
      if (const auto planned = runs.find(cell.id); planned != runs.end()) set.planned.push_back(planned->second);
    }
    for (const std::string& problem : grid.problems)
      if (std::find(set.problems.begin(), set.problems.end(), problem) == set.problems.end()) set.problems.push_back(problem);
  }
}

int write_report(const ReportOptions& options) {
  check_output_file(options.output);
  check_output_is_no_input(options.output, options.folders);
  analysis::RunSet set = analysis::find_runs(options.folders);
  add_unfinished(options.folders, set);
  const std::string page = analysis::report(set);
  storage::make_folder_of(options.output);
  storage::replace_file(options.output, page);
  for (const std::string& problem : set.problems) report(problem);
  return set.problems.empty() ? 0 : 1;
}

}  // namespace

void add_report(CommandLine& program) {
  auto options = std::make_shared<ReportOptions>();
  Command command = program.command("report", "Write one HTML page with every table and figure");
  command.option("folders", options->folders, "folders with runs below them").required();
  command.option("-o,--output", options->output, "file").with_default_shown();
  command.runs([options] { return write_report(*options); });
}

}  // namespace irmae::launchers
