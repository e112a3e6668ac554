// SPDX-License-Identifier: MIT
// irmae report DIR... -o report.html
#include "analysis/report/report.h"

#include <filesystem>

#include "launchers/analysis_commands.h"
#include "launchers/exit_status.h"
#include "launchers/status/grid_state.h"
#include "storage/files.h"

namespace irmae::launchers {

namespace {

struct ReportOptions {
  std::vector<std::string> folders;
  std::string output = "report.html";
};

/// Cells that the folders' plans have and that are not done: what the page lacks.
std::vector<std::string> unfinished(const std::vector<std::string>& folders) {
  std::vector<std::string> lines;
  for (const std::string& folder : folders) {
    if (!std::filesystem::is_directory(folder)) continue;  // one run.h5
    for (const CellStatus& cell : grid_status(folder))
      if (cell.state != CellProgress::done)
        lines.push_back(fmt::format("{}/{}: {}", cell.manifest, cell.cell, name_of(cell.state)));
  }
  return lines;
}

int write_report(const ReportOptions& options) {
  analysis::RunSet set = analysis::find_runs(options.folders);
  set.unfinished = unfinished(options.folders);
  const std::string page = analysis::report(set);
  storage::replace_file(options.output, page.data(), page.size());
  for (const std::string& problem : set.problems) fmt::print(stderr, "irmae: {}\n", problem);
  return set.problems.empty() ? 0 : 1;
}

}  // namespace

void add_report(CommandLine& program) {
  auto options = std::make_shared<ReportOptions>();
  Command command = program.command("report", "One HTML page with every table and figure");
  command.option("folders", options->folders, "folders with runs below them").required();
  command.option("-o,--output", options->output, "file").with_default_shown();
  command.runs([options] { return write_report(*options); });
}

}  // namespace irmae::launchers
