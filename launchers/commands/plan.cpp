// SPDX-License-Identifier: MIT
// irmae plan: every cell of a manifest with its id, parameters, state and expected time, here or on a machine that is
// described. Validates all, runs nothing.
#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "framework/cost/cost_model.h"
#include "framework/counted.h"
#include "framework/duration.h"
#include "framework/manifest/describe.h"
#include "framework/manifest/manifest.h"
#include "framework/training/run_cell.h"
#include "launchers/scaling/print.h"
#include "launchers/schema.h"
#include "launchers/trainer_commands.h"
#include "storage/cell_state.h"
#include "storage/run_file.h"
#include "storage/seal.h"
#include "storage/shell_word.h"
#include "storage/tell.h"
#include "storage/whole_number.h"

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

constexpr int kMostRanks = 1'000'000;  ///< of a machine that is described

/// Finished cells whose files are read. Of more, which would take longer than a user waits for a plan, only those that are not
/// whole to their last line.
constexpr std::size_t kMostRead = 1000;

/// Where a cell stands.
struct Standing {
  std::string state;
  double left = 1;  ///< share of its training that is not done
};

/// As the cell itself last said it, or as its metrics do.
double share_left(const manifest::Cell& cell, const std::filesystem::path& folder) {
  const auto state = storage::read_state(folder);
  if (state && state->epochs == cell.integer("train.epochs") && state->epoch >= 0 && state->epoch <= state->epochs)
    return 1 - static_cast<double>(state->epoch) / static_cast<double>(state->epochs);
  try {
    const auto done = static_cast<double>(storage::RunFile(folder / "metrics.h5").metrics().size());
    return std::max(0.0, 1 - done / static_cast<double>(cell.integer("train.epochs")));
  } catch (const Error&) {
    return 1;  // stopped before the end of its first epoch
  }
}

/// Where the cells of a plan stand in the folder of its runs.
class Standings {
 public:
  /// `costs`, where there are any, have opened finished runs, which are not opened again.
  Standings(const manifest::Plan& plan, const std::string& output, const cost::CostModel* costs = nullptr)
      : folder_(std::filesystem::path(output) / plan.name), costs_(costs) {
    std::vector<std::filesystem::path> files;
    for (const manifest::Cell& cell : plan.cells)
      if (std::error_code error; std::filesystem::exists(run_file(cell), error)) files.push_back(run_file(cell));
    many_ = files.size() > kMostRead;
    // Side by side, as hundreds of them take long one after the other.
    if (!many_) storage::check_seals_ahead(files);
  }

  Standing of(const manifest::Cell& cell) const {
    const std::filesystem::path folder = folder_ / cell.folder();
    if ((costs_ && costs_->has_read(cell, folder)) || (many_ && storage::ends_in_seal(run_file(cell)))) return {"complete", 0};
    try {
      if (training::is_complete(cell, folder)) return {"complete", 0};
    } catch (const NewerFile&) {
      return {"newer"};
    } catch (const UnreadableFile&) {
      return {"unreadable"};
    } catch (const Error&) {
      return {"damaged"};
    }
    for (const char* name : {"checkpoint.h5", "checkpoint.previous.h5"})
      if (std::error_code error; std::filesystem::exists(folder / name, error)) return {"partial", share_left(cell, folder)};
    return {"waiting"};
  }

 private:
  std::filesystem::path run_file(const manifest::Cell& cell) const { return folder_ / cell.folder() / "run.h5"; }

  std::filesystem::path folder_;
  const cost::CostModel* costs_;
  bool many_ = false;
};

/// Sums up what the cells take one after the other, and what that rests on.
class Total {
 public:
  void add(const Standing& standing, const cost::Estimate& estimate, double seconds) {
    ++cells_;
    if (standing.state == "complete") {
      ++complete_;
    } else if (estimate.basis == cost::Basis::unknown) {
      ++unknown_;
    } else {
      seconds_ += seconds;
      worst_ = std::max(worst_, estimate.basis);
      if (!estimate.evaluations_known) ++no_evaluations_;
    }
  }

  std::string line(int ranks, const std::string& output) const {
    std::string text = fmt::format("{}, {} complete", counted(cells_, "cell"), complete_);
    const std::size_t open = cells_ - complete_ - unknown_;
    if (open > 0) {
      text += fmt::format("; about {} on {} of this machine, ", duration(seconds_), counted(ranks, "rank"));
      switch (worst_) {
        case cost::Basis::same_model:
        case cost::Basis::same_network:
          text += fmt::format("by rates measured in {}", output);
          break;
        case cost::Basis::other_networks:
          text += fmt::format("partly by rates of other networks measured in {}: a rough guess", output);
          break;
        default:
          text += "by counted operations and an assumed rate: a rough guess";
      }
      if (no_evaluations_ > 0) text += fmt::format("; evaluations of {} not counted", no_evaluations_);
    }
    if (unknown_ > 0) text += fmt::format("; {} of unknown size", unknown_);
    return text;
  }

 private:
  std::size_t cells_ = 0, complete_ = 0, unknown_ = 0, no_evaluations_ = 0;
  double seconds_ = 0;
  cost::Basis worst_ = cost::Basis::same_model;
};

void show(const manifest::Plan& plan, const Standings& standings) {
  for (const manifest::Cell& cell : plan.cells)
    fmt::print("# {}  {}  {}\n{}\n", cell.id().substr(0, 8), cell.name, standings.of(cell).state, cell.toml());
}

/// What is known of a cell before it is trained here.
struct Expected {
  Standing standing;
  cost::Estimate estimate;
  double seconds = 0;                      ///< of what is left
  std::optional<std::int64_t> parameters;  ///< nothing where nobody knows the size of its data; then the time means nothing
};

class Expecting {
 public:
  Expecting(const manifest::Plan& plan, const PlanOptions& options, const cost::CostModel& costs)
      : standings_(plan, options.output, &costs), costs_(costs) {
    if (options.ranks > 0) ranks_ = options.ranks;
  }

  int ranks() const { return ranks_; }
  Expected of(const manifest::Cell& cell) const {
    Expected expected{standings_.of(cell), costs_.estimate(cell, ranks_), 0, std::nullopt};
    const auto& [standing, estimate, seconds, parameters] = expected;
    if (standing.state != "complete")
      expected.seconds = standing.left * (estimate.training + estimate.validation) + estimate.evaluations;
    if (estimate.basis != cost::Basis::unknown) expected.parameters = costs_.work(cell)->parameters;
    return expected;
  }

 private:
  Standings standings_;
  const cost::CostModel& costs_;
  int ranks_ = usable_cores();
};

void list_json(const manifest::Plan& plan, const Expecting& expecting) {
  std::string text;
  for (const manifest::Cell& cell : plan.cells) {
    const Expected expected = expecting.of(cell);
    const bool known = expected.parameters.has_value();
    // Names of cells and methods need no escapes.
    text += fmt::format(
        "{}{{\"id\": \"{}\", \"cell\": \"{}\", \"state\": \"{}\", \"epochs\": {}, \"parameters\": {}, \"expected_seconds\": {}, "
        "\"method\": \"{}\"}}",
        text.empty() ? "\n " : ",\n ", cell.id(), cell.name, expected.standing.state, cell.integer("train.epochs"),
        known ? fmt::format("{}", *expected.parameters) : "null", known ? fmt::format("{}", expected.seconds) : "null",
        cell.text("model.method"));
  }
  fmt::print("[{}\n]\n", text);
}

void list(const manifest::Plan& plan, const PlanOptions& options, const Expecting& expecting) {
  std::size_t width = 4;
  for (const manifest::Cell& cell : plan.cells) width = std::max(width, cell.name.size());
  fmt::print("{:<8}  {:<{}}  {:<10}  {:>6}  {:>10}  {:>12}  {}\n", "id", "cell", width, "state", "epochs", "parameters",
             "expected", "method");
  Total total;
  for (const manifest::Cell& cell : plan.cells) {
    const Expected expected = expecting.of(cell);
    total.add(expected.standing, expected.estimate, expected.seconds);
    const bool known = expected.parameters.has_value();
    const std::string& state = expected.standing.state;
    fmt::print("{:.8}  {:<{}}  {:<10}  {:>6}  {:>10}  {:>12}  {}\n", cell.id(), cell.name, width, state,
               cell.integer("train.epochs"), known ? fmt::format("{}", *expected.parameters) : "?",
               state == "complete" ? "-"
               : known             ? duration(expected.seconds)
                                   : "?",
               cell.text("model.method"));
  }
  fmt::print("{}\n--show prints all parameters of each\n", total.line(expecting.ranks(), options.output));
}

void foresee(const manifest::Plan& plan, const PlanOptions& options, const cost::CostModel& costs) {
  Cluster cluster = options.cluster;
  if (options.ranks_per_cell != "auto") {
    cluster.ranks_per_cell = storage::whole_number<int>(options.ranks_per_cell).value_or(0);
    if (cluster.ranks_per_cell < 1)
      throw UsageError(fmt::format("--ranks-per-cell {}: wanted a number from 1 or auto", options.ranks_per_cell));
  }
  std::vector<const manifest::Cell*> cells;
  for (const manifest::Cell& cell : plan.cells) cells.push_back(&cell);
  const std::vector<Predicted> predicted = predict(cells, cluster, costs);
  if (predicted.size() < cells.size())
    storage::tell("irmae: {} left out, of a size that only the data set's files tell\n",
                  counted(cells.size() - predicted.size(), "cell"));
  if (options.format == "json") return print_prediction_json(predicted, cluster);
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
    fmt::print("{}", manifest::describe(schema));
    return 0;
  }
  if (options.manifest.empty()) throw UsageError("plan: name a manifest, such as experiments/quickstart.toml");
  if (std::filesystem::is_directory(options.manifest))
    throw UsageError(fmt::format("{}: a folder, not a manifest; irmae status {} shows its cells", options.manifest,
                                 storage::shell_path(options.manifest)));
  const manifest::Plan plan = manifest::load(options.manifest, options.overrides, schema);
  for (const manifest::Cell& cell : plan.cells) training::check_cell(cell);
  const bool elsewhere = options.cluster.nodes > 0;
  if (elsewhere && options.ranks > 0)
    throw UsageError("--ranks is of this machine: with --nodes the ranks are those of --gpus-per-node on each node");
  if (elsewhere && static_cast<double>(options.cluster.nodes) * options.cluster.gpus_per_node > kMostRanks)
    throw UsageError(fmt::format("--nodes {} --gpus-per-node {}: more than {} ranks", options.cluster.nodes,
                                 options.cluster.gpus_per_node, kMostRanks));
  if (options.show && !elsewhere) {
    if (options.format != "text") throw UsageError("--show prints each cell as a manifest (TOML): leave --format out");
    show(plan, Standings(plan, options.output));
    return 0;
  }
  const cost::CostModel costs(options.output);
  if (elsewhere)
    foresee(plan, options, costs);
  else if (options.format == "json")
    list_json(plan, Expecting(plan, options, costs));
  else
    list(plan, options, Expecting(plan, options, costs));
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

}  // namespace

void add_plan(CommandLine& program) {
  auto options = std::make_shared<PlanOptions>();
  Command command = program.command(kPlan.name, kPlan.help);
  command.option("manifest", options->manifest, "manifest (TOML)");
  command.option("overrides", options->overrides, "dotted.path=value, for every cell");
  command.option("-o,--output", options->output, "folder of the runs, for each cell's state and time").with_default_shown();
  command.option("--ranks", options->ranks, "ranks of this machine for the expected time; not given: one a core").above_zero();
  command.option("--format", options->format, "text, or json: one object a cell").one_of({"text", "json"}).with_default_shown();
  command.flag("--show", options->show, "print every parameter of every cell, or with --nodes the time of each");
  command.flag("--keys", options->keys, "print every parameter that a manifest may set, and stop");
  add_cluster_options(command, *options);
  command.runs([options] { return plan(*options); });
}

}  // namespace irmae::launchers
