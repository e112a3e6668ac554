// SPDX-License-Identifier: MIT
// irmae plan: every cell of a manifest with its id, parameters, state and expected time, here or on a machine that is
// described. Validates all, runs nothing.
#include <fmt/format.h>

#include <filesystem>

#include "analysis/table_formats.h"
#include "framework/cost/cost_model.h"
#include "framework/counted.h"
#include "framework/data/dataset.h"
#include "framework/manifest/describe.h"
#include "framework/manifest/manifest.h"
#include "framework/training/runs/check_cell.h"
#include "framework/usable_cores.h"
#include "launchers/few_samples.h"
#include "launchers/full_schema.h"
#include "launchers/plan/listing.h"
#include "launchers/plan/standing.h"
#include "launchers/scaling/print.h"
#include "launchers/trainer_body.h"
#include "storage/cell_paths.h"
#include "storage/error.h"
#include "storage/system/tell.h"
#include "storage/text/number_in.h"
#include "storage/text/shell_word.h"

namespace irmae::launchers {

namespace {

struct PlanOptions {
  std::string manifest;
  std::vector<std::string> overrides;
  std::string output = "out";
  bool keys = false, show = false;
  int ranks = 0;
  std::string ranks_per_cell = "auto", format = "text";
  Cluster cluster{.nodes = 0};  ///< no nodes: this machine
};

void show(const manifest::Plan& plan, const Standings& standings) {
  for (const manifest::Cell& cell : plan.cells)
    fmt::print("# {}  {}  {}\n{}\n", storage::short_id(cell.id()), cell.name, name_of(standings.of(cell).state), cell.toml());
}

/// As far as the cells alone tell, without their files.
void print_few_samples(const manifest::Plan& plan) {
  std::vector<CellAndSamples> cells;
  for (const manifest::Cell& cell : plan.cells)
    if (const auto extent = data::extent_of(cell)) cells.emplace_back(&cell, extent->validation);
  if (const std::string line = few_validation_samples(cells); !line.empty()) fmt::print("{}\n", line);
}

void list(const manifest::Plan& plan, const PlanOptions& options, const cost::CostModel& costs) {
  const analysis::Format format = analysis::format_of(options.format);
  const int ranks = options.ranks > 0 ? options.ranks : usable_cores();
  const std::vector<Expected> cells = expect(plan, options.output, ranks, costs);
  fmt::print("{}", analysis::render(plan_table(cells, format), format));
  if (format != analysis::Format::text) return;
  fmt::print("{}\n--show prints all parameters of each\n", total_of(cells, ranks, options.output));
  print_few_samples(plan);
}

void foresee(const manifest::Plan& plan, const PlanOptions& options, const cost::CostModel& costs) {
  Cluster cluster = options.cluster;
  if (options.ranks_per_cell != "auto") {
    cluster.ranks_per_cell = storage::number_in<int>(options.ranks_per_cell).value_or(0);
    if (cluster.ranks_per_cell < 1)
      throw UsageError(fmt::format("--ranks-per-cell {}: wanted a number from 1 or auto", options.ranks_per_cell));
  }
  std::vector<const manifest::Cell*> cells;
  for (const manifest::Cell& cell : plan.cells) cells.push_back(&cell);
  const std::vector<Predicted> predicted = predict(cells, cluster, costs);
  if (predicted.size() < cells.size())
    storage::tell("irmae: {} left out, of a size that only the data set's files tell\n",
                  counted(cells.size() - predicted.size(), "cell"));
  if (const analysis::Format format = analysis::format_of(options.format); format != analysis::Format::text) {
    fmt::print("{}", analysis::render(prediction_table(predicted, cluster), format));
    return;
  }
  std::string rates = fmt::format("rate of a rank: measured in {} on one rank", options.output);
  if (cluster.flops > 0)
    rates = fmt::format("rate of a rank: {:g} FLOP/s, as given", cluster.flops);
  else if (cluster.rate > 0)
    rates = fmt::format("rate of a rank: {:g} samples/s, as given", cluster.rate);
  else if (costs.runs() == 0)
    rates = "rate of a rank: assumed, nothing was measured or given (--rate, --flops)";
  print_prediction(predicted, cluster, rates, options.show);
}

int plan(const PlanOptions& options) {
  const manifest::Schema schema = full_schema();
  if (options.keys) {
    const analysis::Format format = analysis::format_of(options.format);
    const bool text = format == analysis::Format::text;
    fmt::print("{}", text ? manifest::describe(schema) : analysis::render(keys_table(schema), format));
    return 0;
  }
  if (options.manifest.empty()) throw UsageError("manifest is required, such as experiments/quickstart.toml");
  if (std::filesystem::is_directory(options.manifest))
    throw UsageError(fmt::format("{}: a folder, not a manifest; irmae status {} shows its cells", options.manifest,
                                 storage::shell_path(options.manifest)));
  const manifest::Plan plan = manifest::load(options.manifest, options.overrides, schema);
  for (const manifest::Cell& cell : plan.cells) training::check_cell(cell);
  const bool elsewhere = options.cluster.nodes > 0;
  if (elsewhere && options.ranks > 0)
    throw UsageError("--ranks is of this machine: with --nodes the ranks are those of --gpus-per-node on each node");
  if (elsewhere && static_cast<double>(options.cluster.nodes) * options.cluster.gpus_per_node > cost::kMostRanks)
    throw UsageError(fmt::format("--nodes {} --gpus-per-node {}: more than {} ranks", options.cluster.nodes,
                                 options.cluster.gpus_per_node, cost::kMostRanks));
  if (options.show && !elsewhere) {
    if (options.format != "text") throw UsageError("--show prints each cell as a manifest (TOML): leave --format out");
    show(plan, Standings(plan, options.output));
    return 0;
  }
  const cost::CostModel costs(options.output, schema);
  if (elsewhere)
    foresee(plan, options, costs);
  else
    list(plan, options, costs);
  return 0;
}

void add_cluster_options(Command& command, PlanOptions& options) {
  Cluster& cluster = options.cluster;
  const auto number = [&](const char* name, auto& value, const char* help) {
    return command.option(name, value, help).above_zero().in_group("A machine that need not be here (docs/scaling.md)");
  };
  const Option nodes = number("--nodes", cluster.nodes, "predict the grid's time on so many nodes");
  number("--gpus-per-node", cluster.gpus_per_node, "ranks of a node").needs(nodes);
  command.option("--ranks-per-cell", options.ranks_per_cell, "ranks that train one cell together, or auto")
      .needs(nodes)
      .in_group("A machine that need not be here (docs/scaling.md)");
  number("--bandwidth", cluster.bandwidth, "GB/s between nodes, each direction; not given: any").needs(nodes);
  number("--latency", cluster.latency, "microseconds of a message between nodes; not given: none").needs(nodes);
  number("--node-bandwidth", cluster.node_bandwidth, "GB/s inside a node; not given: as between nodes").needs(nodes);
  number("--node-latency", cluster.node_latency, "microseconds inside a node; not given: as between nodes").needs(nodes);
  number("--rate", cluster.rate, "samples/s of one rank that trains alone, for a grid of one network").needs(nodes);
  number("--flops", cluster.flops, "FLOP/s of one rank; neither: what finished runs reached").needs(nodes);
  number("--overhead", cluster.overhead, "microseconds of each step that no share makes shorter (launches)").needs(nodes);
  number("--memory-bandwidth", cluster.memory, "GB/s of a rank's memory, for the updates; not given: they cost nothing")
      .needs(nodes);
}

void add_plan(Command command) {
  auto options = std::make_shared<PlanOptions>();
  command.option("manifest", options->manifest, "manifest (TOML)");
  command.option("overrides", options->overrides, "dotted.path=value, for every cell");
  command.option("-o,--output", options->output, "folder of the runs, for each cell's state and time").with_default_shown();
  command.option("--ranks", options->ranks, "ranks of this machine for the expected time; not given: one per core")
      .between(1, cost::kMostRanks);
  command.option("--format", options->format, "csv has a row for each cell, json an object")
      .one_of({"text", "csv", "json"})
      .with_default_shown();
  command.flag("--show", options->show, "print every parameter of every cell, or with --nodes the time of each");
  command.flag("--keys", options->keys, "print every parameter that a manifest may set, and stop");
  add_cluster_options(command, *options);
  command.runs([options] { return plan(*options); });
}

const RegisterTrainerBody plan_body{{"plan", add_plan}};

}  // namespace

}  // namespace irmae::launchers
