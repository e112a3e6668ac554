// SPDX-License-Identifier: MIT
// irmae table KIND DIR...
#include "analysis/table.h"

#include <algorithm>

#include "analysis/chosen_columns.h"
#include "analysis/configurations.h"
#include "launchers/analysis_commands.h"
#include "launchers/exit_status.h"
#include "launchers/output_file.h"
#include "storage/system/files.h"

namespace irmae::launchers {

namespace {

struct TableOptions {
  std::string kind, format = "text", output, data;
  std::vector<std::string> folders, only, columns;
  bool mean = false;
};

analysis::Table table_of(const TableOptions& options, const analysis::TableKind& kind, const std::vector<analysis::Run>& runs) {
  return options.mean ? analysis::mean_over_seeds(kind, runs) : kind.make(runs);
}

int table(const TableOptions& options) {
  check_output_file(options.output);
  check_output_is_no_input(options.output, options.folders);
  const analysis::TableKind& kind = analysis::table_kind(options.kind);
  const analysis::Format format = analysis::format_of(options.format);
  const bool for_people = analysis::is_for_people(format);
  // Before runs are read, which takes long where there are many.
  const auto columns = analysis::chosen_columns(options.columns, table_of(options, kind, {}).columns, for_people);
  analysis::RunSet set = analysis::find_runs(options.folders, kind.spectra);
  analysis::select(set, options.only, options.data);
  analysis::Table table = table_of(options, kind, set.runs);
  // Whoever names these two columns wants what they say.
  const auto may_leave_out = [&](const char* column) {
    return for_people && std::ranges::find(columns, column) == columns.end();
  };
  if (may_leave_out("id")) analysis::leave_out_ids(table);
  if (may_leave_out("missing")) analysis::leave_out_missing(table, kind);
  if (!columns.empty()) analysis::keep_columns(table, columns);
  const bool nothing = for_people && table.rows.empty() && table.left_out.empty() && !kind.nothing.empty();
  const std::string text = nothing ? kind.nothing + "\n" : analysis::render(table, format);
  if (options.output.empty()) {
    fmt::print("{}", text);
  } else {
    storage::make_folder_of(options.output);
    storage::replace_file(options.output, text);
  }
  for (const std::string& problem : set.problems) report(problem);
  return set.problems.empty() ? 0 : 1;
}

}  // namespace

void add_table(CommandLine& program) {
  auto options = std::make_shared<TableOptions>();
  std::string kinds;
  for (const analysis::TableKind& kind : analysis::table_kinds()) kinds += fmt::format("\n  {}: {}", kind.name, kind.help);
  Command command = program.command("table", "Print a table of finished and unfinished runs");
  command.footer("Kinds:" + kinds);
  command.option("kind", options->kind, "which table").required();
  command.option("folders", options->folders, "folders with runs below them").required();
  command
      .option("--format", options->format, "csv and json have a row for cells without a result too, the others name them below")
      .one_of(analysis::format_names())
      .with_default_shown();
  command.flag("--mean", options->mean, "mean, standard deviation and n over seeds");
  command.option("--columns", options->columns, "only these columns, in this order; a mean brings its standard deviation")
      .separated_by(',');
  command.option("-o,--output", options->output, "file instead of standard output");
  command.only(options->only);
  command.data(options->data);
  command.runs([options] { return table(*options); });
}

}  // namespace irmae::launchers
