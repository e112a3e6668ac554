// SPDX-License-Identifier: MIT
// irmae plan: every cell of a manifest with its id, parameters, state and expected work. Validates all, runs nothing.
#include <fmt/format.h>

#include <filesystem>

#include "framework/manifest/describe.h"
#include "framework/manifest/manifest.h"
#include "framework/training/run_cell.h"
#include "launchers/schema.h"
#include "launchers/trainer_commands.h"

namespace irmae::launchers {

namespace {

struct Options {
  std::string manifest;
  std::vector<std::string> overrides;
  std::string output = "out";
  bool keys = false, show = false;
};

std::string state_of(const manifest::Cell& cell, const std::filesystem::path& folder) {
  try {
    if (training::is_complete(cell, folder)) return "complete";
  } catch (const Error&) {
    return "damaged";
  }
  for (const char* name : {"checkpoint.h5", "checkpoint.previous.h5"})
    if (std::filesystem::exists(folder / name)) return "partial";
  return "waiting";
}

int plan(const Options& options) {
  const manifest::Schema schema = full_schema();
  if (options.keys) {
    fmt::print("{}", manifest::describe(schema));
    return 0;
  }
  if (options.manifest.empty()) throw UsageError("plan: name a manifest, such as experiments/quickstart.toml");
  const manifest::Plan plan = manifest::load(options.manifest, options.overrides, schema);
  std::size_t width = 4;
  for (const manifest::Cell& cell : plan.cells) width = std::max(width, cell.name.size());
  if (!options.show) fmt::print("{:<8}  {:<{}}  {:<8}  {:>6}  {}\n", "id", "cell", width, "state", "epochs", "method");
  for (const manifest::Cell& cell : plan.cells) {
    training::check_cell(cell);
    const auto folder = std::filesystem::path(options.output) / plan.name / cell.folder();
    const std::string state = state_of(cell, folder);
    if (options.show)
      fmt::print("# {}  {}  {}\n{}\n", cell.id().substr(0, 8), cell.name, state, cell.toml());
    else
      fmt::print("{:.8}  {:<{}}  {:<8}  {:>6}  {}\n", cell.id(), cell.name, width, state, cell.integer("train.epochs"),
                 cell.text("model.method"));
  }
  if (!options.show) fmt::print("{} cells; --show prints all parameters of each\n", plan.cells.size());
  return 0;
}

}  // namespace

void add_plan(CLI::App& program, int& status) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("plan", "Every cell of a manifest; checks everything, runs nothing");
  command->add_option("manifest", options->manifest, "manifest (TOML)");
  command->add_option("overrides", options->overrides, "dotted.path=value, for every cell");
  command->add_option("-o,--output", options->output, "folder of the runs, for each cell's state")->capture_default_str();
  command->add_flag("--show", options->show, "print every parameter of every cell");
  command->add_flag("--keys", options->keys, "print every parameter that a manifest may set, and stop");
  command->callback([options, &status] { status = plan(*options); });
}

}  // namespace irmae::launchers
