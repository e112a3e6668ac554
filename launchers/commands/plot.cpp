// SPDX-License-Identifier: MIT
// irmae plot KIND DIR... -o FILE
#include "analysis/configurations.h"
#include "analysis/drawing/figure.h"
#include "analysis/drawing/why_no_figure.h"
#include "launchers/analysis_commands.h"
#include "launchers/exit_status.h"
#include "launchers/output_file.h"

namespace irmae::launchers {

namespace {

struct PlotOptions {
  std::string kind, output, data;
  std::vector<std::string> folders, only;
  std::int64_t columns = 0;  ///< 0: as the kind has them
};

int plot(const PlotOptions& options) {
  check_output_file(options.output);
  const analysis::PlotKind& kind = analysis::plot_kind(options.kind);
  analysis::RunSet set = analysis::find_runs(options.folders, kind.spectra);
  analysis::select(set, options.only, options.data);
  for (const std::string& problem : set.problems) report(problem);
  analysis::Figure figure = kind.make(set.runs);
  if (figure.empty())
    throw Error(fmt::format("plot {}: no run there has what it shows ({}): {}", options.kind, kind.help,
                            analysis::why_no_figure(kind, set.runs)));
  if (options.columns > 0) figure.set_columns(static_cast<std::size_t>(options.columns));
  analysis::draw(figure, options.output);
  return set.problems.empty() ? 0 : 1;
}

}  // namespace

void add_plot(CommandLine& program) {
  auto options = std::make_shared<PlotOptions>();
  std::string kinds;
  for (const analysis::PlotKind& kind : analysis::plot_kinds()) kinds += fmt::format("\n  {}: {}", kind.name, kind.help);
  Command command = program.command("plot", "Draw a figure");
  command.footer("Kinds:" + kinds);
  command.option("kind", options->kind, "which figure").required();
  command.option("folders", options->folders, "folders with runs below them").required();
  command.option("-o,--output", options->output, "file: .svg, .png or .pdf").required();
  command.only(options->only);
  command.data(options->data);
  command
      .option("--columns", options->columns,
              "panels side by side; with 1 legends stand below, and letters of a .pdf fit a narrow column")
      .above_zero();
  command.runs([options] { return plot(*options); });
}

}  // namespace irmae::launchers
