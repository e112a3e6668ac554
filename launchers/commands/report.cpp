// SPDX-License-Identifier: MIT
// irmae report DIR... -o report.html
#include "analysis/report/report.h"

#include "launchers/analysis_commands.h"
#include "launchers/exit_status.h"
#include "launchers/output_file.h"
#include "launchers/plan/unfinished.h"
#include "storage/system/files.h"

namespace irmae::launchers {

namespace {

struct ReportOptions {
  std::vector<std::string> folders;
  std::string output = "report.html";
};

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
