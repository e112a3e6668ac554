// SPDX-License-Identifier: MIT
#include "launchers/grid/run_grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>
#include <optional>

#include "framework/cost/cost_model.h"
#include "framework/counted.h"
#include "framework/distributed/stop_request.h"
#include "framework/training/runs/cell_folder.h"
#include "framework/training/runs/complete_cells.h"
#include "launchers/data_sets.h"
#include "launchers/exit_status.h"
#include "launchers/few_samples.h"
#include "launchers/full_schema.h"
#include "launchers/grid/lanes.h"
#include "launchers/grid/messages.h"
#include "launchers/grid/other_data.h"
#include "launchers/grid/team.h"
#include "launchers/plan/frozen_plan.h"
#include "launchers/ranks/all_ranks.h"
#include "launchers/ranks/device.h"
#include "launchers/unmeasured.h"
#include "storage/cell_state.h"
#include "storage/system/fault.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

namespace {

/// Cells that are still to be trained: what is complete needs no data. Collective.
std::vector<const manifest::Cell*> unfinished(const manifest::Plan& plan, const fs::path& folder,
                                              distributed::Communicator& ranks) {
  std::vector<std::int64_t> complete(plan.cells.size());
  if (ranks.root()) std::ranges::copy(training::complete_among(plan.cells, folder), complete.begin());
  ranks.broadcast(complete, "list of the cells to be trained");
  std::vector<const manifest::Cell*> cells;
  for (std::size_t i = 0; i < plan.cells.size(); ++i)
    if (complete[i] == 0) cells.push_back(&plan.cells[i]);
  return cells;
}

/// What the cell asks for; a cell that wants more than there are gets all of them.
int ranks_of(const manifest::Cell& cell, const GridOptions& options, int world) {
  const auto own = static_cast<int>(cell.integer("train.ranks"));
  const int wanted = own > 0 ? own : options.ranks_per_cell;
  return wanted > 0 ? std::min(wanted, world) : world;
}

/// A cell that failed, or whose ranks died in two starts in a row: once may have been the machine's own end.
bool in_doubt(const fs::path& folder) {
  using storage::CellPhase;
  const auto state = storage::read_state(folder);
  return state && (state->phase == CellPhase::failed || (state->phase == CellPhase::running && state->deaths > 0));
}

/// The cells that can be trained; `samples` gets each cell's, by its index.
std::vector<Task> tasks_of(const manifest::Plan& plan, const std::vector<const manifest::Cell*>& open, const DataSets& data,
                           const GridOptions& options, int world, std::vector<double>& samples) {
  std::vector<Task> tasks;
  for (const manifest::Cell* cell : open) {
    const auto set = data.of(*cell);
    if (!set) continue;
    const auto index = static_cast<std::size_t>(cell - plan.cells.data());
    samples[index] = static_cast<double>(set->size(data::Split::train)) * static_cast<double>(cell->integer("train.epochs"));
    tasks.push_back(
        {.cell = index, .ranks = ranks_of(*cell, options, world), .in_doubt = in_doubt(options.place / cell->folder())});
  }
  return tasks;
}

/// What each is expected to take, learnt from the finished runs in the same folder.
void estimate(std::vector<Task>& tasks, const manifest::Plan& plan, const DataSets& data, const fs::path& output) {
  cost::CostModel model(output, full_schema());
  for (Task& task : tasks) {
    const manifest::Cell& cell = plan.cells[task.cell];
    const auto set = data.of(cell);
    model.know(cell, {set->shape(), set->size(data::Split::train), set->size(data::Split::validation)});
    task.seconds = model.expected_seconds(cell, task.ranks);
  }
}

/// A cell that is not for a lane is trained by all lanes of a rank, that is by the rank itself.
void give_others_all_lanes(std::vector<Task>& tasks, const manifest::Plan& plan, const Lanes& lanes) {
  for (Task& task : tasks)
    if (std::find(lanes.cells.begin(), lanes.cells.end(), &plan.cells[task.cell]) == lanes.cells.end())
      task.ranks = lanes.count;
}

/// A cell without its data, or which does not fit them, fails: irmae status shows it, and irmae run DIR --retry failed takes
/// it.
void leave_out(const manifest::Cell& cell, const fs::path& place, const DataSets& data, Coordinator& coordinator) {
  training::note_failure(cell, place / cell.folder(), data.why_not(cell));
  if (data.fits(cell))
    coordinator.left_out(cell, "its data set is not there", Failure::work);
  else
    coordinator.left_out(cell, "it does not fit its data set", Failure::use);
}

/// Before any training: whoever reads it can still stop, and bring others.
void say_wrong_networks(const std::vector<const manifest::Cell*>& open, const DataSets& data) {
  std::vector<CellAndShape> cells;
  for (const manifest::Cell* cell : open)
    if (const auto set = data.of(*cell)) cells.emplace_back(cell, set->shape());
  for (const auto& [why, count] : wrong_files(cells))
    report(fmt::format("{}; {} will have no Frechet distance until irmae evaluate measures it", why, counted(count, "cell")));
}

void say_few_samples(const std::vector<const manifest::Cell*>& open, const DataSets& data) {
  std::vector<CellAndSamples> cells;
  for (const manifest::Cell* cell : open)
    if (const auto set = data.of(*cell)) cells.emplace_back(cell, set->size(data::Split::validation));
  if (const std::string line = few_validation_samples(cells); !line.empty()) report(line);
}

/// Rank 0 alone: what needs no training is said at once.
void set_apart(const manifest::Plan& plan, const std::vector<const manifest::Cell*>& open, const fs::path& place,
               const DataSets& data, Coordinator& coordinator) {
  auto next = open.begin();
  std::vector<const manifest::Cell*> complete;
  for (const manifest::Cell& cell : plan.cells) {
    if (next == open.end() || *next != &cell) {
      training::remove_forgotten_checkpoints(place / cell.folder());
      coordinator.complete_before(cell);
      complete.push_back(&cell);
      continue;
    }
    ++next;
    if (!data.of(cell)) leave_out(cell, place, data, coordinator);
  }
  for (const std::string& line : changes_of_data(complete, place)) report(line);
}

/// Until every rank has no more work. A signal that comes to one that waits here is for all: rank 0 stops those that train.
void wait_for_others(distributed::RequestServer& server, message::TeamRanks own) {
  bool told = false;
  server.wait_for_all([&] {
    storage::fault_point("wait for the others");
    if (!told && distributed::stop_requested()) {
      told = true;
      server.ask(to_text(message::Question{own, message::Stopped{}}));
    }
  });
}

/// From rank 0 to all: what the exit status depends on.
void share(Tally& tally, distributed::Communicator& ranks) {
  std::array<std::int64_t, 4> facts{std::ssize(tally.failures), tally.stopped, tally.usage, std::ssize(tally.taken_elsewhere)};
  ranks.broadcast(facts, "outcome of the grid");
  if (ranks.root()) return;
  tally.failures.resize(static_cast<std::size_t>(facts[0]));
  tally.stopped = facts[1] != 0;
  tally.usage = facts[2] != 0;
  tally.taken_elsewhere.resize(static_cast<std::size_t>(facts[3]));
}

/// For what rank 0 alone does before the cells.
constexpr std::chrono::hours kPreparationLimit{1};

/// Rank 0 alone: what another run had, and has completed since, is complete.
void look_again(Tally& tally, const manifest::Plan& plan, const fs::path& place) {
  std::erase_if(tally.taken_elsewhere, [&](const Tally::TakenElsewhere& taken) {
    const bool complete = training::complete_among({&plan.cells[taken.cell], 1}, place)[0];
    if (complete) ++tally.complete;
    return complete;
  });
}

}  // namespace

Tally run_grid(const manifest::Plan& plan, const GridOptions& options, distributed::MpiSession* session) {
  // Pictures may take long to decode: the other ranks wait for rank 0.
  const auto world = all_ranks(session, std::chrono::hours(24));
  const std::vector<const manifest::Cell*> open = unfinished(plan, options.place, *world);
  const std::vector<GpuShare> gpus = gpus_for(open, session);
  const DataSets data(open, *world, DataSets::Purpose::training);
  world->on_root([&] { freeze_plan(options.place, plan); }, "writing of the plan");

  const auto all_take = [&](int ranks) {
    return std::all_of(open.begin(), open.end(),
                       [&](const manifest::Cell* cell) { return ranks_of(*cell, options, world->size()) == ranks; });
  };
  // All ranks train each cell together: no order to be found, and nobody but rank 0 itself who asks it.
  const bool one_team = all_take(world->size());
  Lanes lanes = choose_lanes(open, all_take(1) ? TrainedBy::one_rank : TrainedBy::several_ranks, options.cells_per_gpu,
                             gpus[static_cast<std::size_t>(world->rank())], world->size(), data);
  // The least of all ranks: hosts may differ in what they have.
  lanes.count = static_cast<int>(std::ranges::min(world->all_gather(lanes.count, "agreement on the cells of a rank")));
  std::optional<ProgressDisplay> display;
  std::optional<Coordinator> coordinator;
  const auto prepare = [&] {
    storage::fault_point("preparation of the grid");
    for (const std::string& line : data.problems()) report(line);
    say_wrong_networks(open, data);
    std::vector<double> samples(plan.cells.size(), 0);
    std::vector<Task> tasks = tasks_of(plan, open, data, options, world->size(), samples);
    if (!one_team || lanes.count > 1) estimate(tasks, plan, data, options.place.parent_path());
    if (lanes.count > 1) give_others_all_lanes(tasks, plan, lanes);
    Schedule schedule(std::move(tasks), world->size() * lanes.count);
    if (const int idle = schedule.without_work(world->size()); idle > 0 && lanes.count == 1)
      report(
          fmt::format("{} of {} ranks will have no cell: all cells are for more ranks than are left over by the others; start "
                      "another number of ranks, or see --ranks-per-cell",
                      idle, world->size()));
    display.emplace(plan.cells.size(), std::accumulate(samples.begin(), samples.end(), 0.0), options.quiet);
    coordinator.emplace(plan, std::move(schedule), world->size() * lanes.count, std::move(samples), *display,
                        options.fail_fast);
    for (const std::string& line : data.origins()) display->say(line);
    say_few_samples(open, data);
    set_apart(plan, open, options.place, data, *coordinator);
  };
  // Rank 0 reads what earlier runs have left, from a file system that may be slow.
  all_ranks(session, kPreparationLimit)->on_root(prepare, "preparation of the grid");
  const auto server = distributed::open_request_server(
      one_team ? nullptr : session, [&](int, const std::string& question) { return coordinator->answer(question); },
      patience(plan));
  work({plan, options.place, data, gpus, session, *server, lanes.count,
        own_lanes(lanes.cells.size(), world->rank(), world->size(), lanes.count)});
  wait_for_others(*server, {world->rank() * lanes.count, lanes.count});
  Tally tally = coordinator ? coordinator->tally() : Tally{};
  if (world->root()) look_again(tally, plan, options.place);
  share(tally, *world);
  return tally;
}

}  // namespace irmae::launchers
