// SPDX-License-Identifier: MIT
// irmae report DIR... -o report.html
#include "analysis/report/report.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "framework/manifest/document.h"
#include "launchers/analysis_commands.h"
#include "launchers/exit_status.h"
#include "launchers/output_file.h"
#include "launchers/status/grid_files.h"
#include "launchers/status/grid_state.h"
#include "storage/error.h"
#include "storage/system/files.h"

namespace irmae::launchers {

namespace {

struct ReportOptions {
  std::vector<std::string> folders;
  std::string output = "report.html";
};

/// The cells of the frozen plan in this folder as runs without results, by id. None where there is no plan, or it cannot be
/// read. What all its cells share such a plan has once.
std::map<std::string, analysis::Run> planned_in(const std::filesystem::path& folder) {
  std::map<std::string, analysis::Run> runs;
  manifest::Problems problems;
  manifest::Document plan;
  try {
    if (const std::filesystem::path file = plan_file(folder); storage::is_there(file))
      plan = manifest::read_document(file, problems);
  } catch (const Error&) {
    return runs;
  }
  for (const manifest::CellEntry& cell : plan.cells) {
    manifest::Layer settings = cell.settings;
    settings.insert(plan.settings.begin(), plan.settings.end());  // keeps the cell's own
    storage::Identity& identity = runs[cell.id].identity;
    identity.cell = cell.name;
    identity.id = cell.id;
    identity.manifest = folder.filename().string();
    identity.scale = cell.scale;
    for (const auto& [path, setting] : settings) identity.parameters.emplace_back(path, setting.value);
  }
  return runs;
}

/// Adds the cells that the folders' plans have and that are not done: what the page lacks.
void add_unfinished(const std::vector<std::string>& folders, analysis::RunSet& set) {
  for (const std::string& folder : folders) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) continue;  // one run.h5, or what find_runs could not read
    const GridStatus grid = read_grid(folder);
    std::map<std::filesystem::path, std::map<std::string, analysis::Run>> plans;
    for (const CellStatus& cell : grid.cells) {
      if (cell.state == CellProgress::done) continue;
      set.unfinished.push_back(fmt::format("{}/{}: {}", cell.manifest, cell.cell, name_of(cell.state)));
      const std::filesystem::path place = cell.folder.parent_path();
      if (!plans.contains(place)) plans[place] = planned_in(place);
      if (const auto planned = plans[place].find(cell.id); planned != plans[place].end())
        set.planned.push_back(planned->second);
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
  storage::replace_file(options.output, page.data(), page.size());
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
