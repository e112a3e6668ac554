// SPDX-License-Identifier: MIT
#include "launchers/grid/team.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "framework/distributed/phase.h"
#include "framework/distributed/stop_request.h"
#include "framework/training/runs/cell_folder.h"
#include "framework/training/runs/run_cell.h"
#include "launchers/cell_evaluations.h"
#include "launchers/few_samples.h"
#include "launchers/grid/messages.h"
#include "launchers/grid/messenger.h"
#include "launchers/ranks/all_ranks.h"
#include "launchers/ranks/device.h"
#include "storage/error.h"
#include "storage/system/fault.h"
#include "storage/system/host_name.h"

namespace irmae::launchers {

namespace {

using std::chrono::seconds;

using message::TeamRanks;

/// Of the teams of `size` that `whole` splits into, and the smaller rest, the one that `rank` belongs to.
TeamRanks part_of(TeamRanks whole, int size, int rank) {
  const int teams = whole.count / size, team = (rank - whole.first) / size;
  if (team < teams) return {whole.first + team * size, size};
  return {whole.first + teams * size, whole.count - teams * size};
}

message::Outcome outcome_of(Failure kind) {
  switch (kind) {
    case Failure::use:
      return message::Outcome::misused;
    case Failure::busy:
      return message::Outcome::taken_elsewhere;
    case Failure::work:
      break;
  }
  return message::Outcome::failed;
}

class Team {
 public:
  Team(const GridShared& grid, TeamRanks members)
      : grid_(grid),
        members_(members),
        control_(ranks(patience(grid.plan))),
        leader_{control_->all_gather(std::int64_t{getpid()}, "who leads this team").front(),
                control_->all_gather(storage::host_name(), "who leads this team").front()} {}

  /// The size of the teams into which this one splits; 0: there is no more work.
  int work() {
    for (;;) {
      // Where the first rank cannot ask, the others wait for what it has to tell them.
      const message::Answer order = end_where_alone(
          several_ranks(), [&] { return next(); }, [&](const std::exception& error) { end_all_ranks(error, *grid_.session); });
      if (const auto* split = std::get_if<message::SplitUp>(&order)) return split->ranks;
      const auto* cell = std::get_if<message::Train>(&order);
      if (!cell) return 0;
      train(*cell);
    }
  }

 private:
  bool leads() const { return control_->root(); }
  bool several_ranks() const { return grid_.lanes == 1 && members_.count > 1; }
  /// Cells that this rank trains at the same time.
  int at_once() const { return members_.count < grid_.lanes ? grid_.own_lanes : 1; }

  std::unique_ptr<distributed::Communicator> ranks(seconds limit) const {
    if (!grid_.session) return distributed::make_single();
    if (grid_.lanes > 1) return distributed::make_single(grid_.session->rank());
    return grid_.session->team(members_.first, members_.count, limit);
  }

  message::Answer ask(message::Question::What what) const {
    storage::fault_point("question");
    const std::string text = grid_.server.ask(to_text(message::Question{members_, std::move(what)}));
    if (const auto answer = message::answer_from_text(text)) return *answer;
    throw Error(fmt::format("rank 0 answered '{}': is it of another version of irmae?", text));
  }

  /// What rank 0 has for this team, or its end after a signal.
  message::Answer next() {
    if (control_->any(distributed::stop_requested(), "agreement to go on")) {
      if (leads()) ask(message::Stopped{});
      return message::NoneLeft{};
    }
    const std::string answer = leads() ? to_text(ask(message::NextCell{})) : "";
    return message::answer_from_text(control_->all_gather(answer, "the next cell of this team").front()).value();
  }

  /// The others of its cell are in a collective, which only the end of the program ends.
  [[noreturn]] void end_all(const std::exception& error, const manifest::Cell& cell) const {
    if (!leads())  // whose own folder says it, or the cell's training is over
      training::note_failed_rank(grid_.place / cell.folder(), leader_, distributed::place_of(control_->world_rank()),
                                 message_of(error));
    const std::string own = fmt::format("cell {}: ", cell.name);
    end_all_ranks(error, *grid_.session, message_of(error).starts_with(own) ? "" : own);
  }

  /// Does `work` on the cell; a rank that fails alone ends all.
  template <class Work>
  decltype(auto) or_end_all(const manifest::Cell& cell, const Work& work) const {
    return end_where_alone(several_ranks(), work, [&](const std::exception& error) { end_all(error, cell); });
  }

  /// How a cell ended, and what is said of it.
  struct End {
    message::Outcome outcome;
    std::string text;
  };

  void train(const message::Train& order) {
    const manifest::Cell& cell = grid_.plan.cells[order.cell];
    const std::string prefix = fmt::format("[{}/{}] {}  ", order.number, grid_.plan.cells.size(), cell.name);
    // Also where something cannot be told: the end of the team would wait for collectives in which the others take no part.
    or_end_all(cell, [&] {
      std::string last;  // what the cell says of its end
      Messenger messenger([this](const message::Question::What& what) { return ask(what); },
                          [] { distributed::request_stop(); });  // agreed on among the ranks, like after a signal
      training::Progress progress(cell,
                                  {.live =
                                       [&](const std::string& text, double samples) {
                                         messenger.tell(message::Live{samples, text.empty() ? "" : prefix + text});
                                       },
                                   .say = [&](const std::string& text) { messenger.tell(message::Say{text}); },
                                   .trained_before = [&](double samples) { messenger.tell(message::TrainedBefore{samples}); },
                                   .ends = [&](const std::string& text) { last = text; }});
      const auto [outcome, text] = end_of(cell, progress, last);
      distributed::enter_phase("end of the cell");
      messenger.finish();
      if (leads()) ask(message::CellEnds{order.cell, outcome, order.number, text});
    });
  }

  /// `last`: what `progress` was told of the end. Throws what one of several ranks failed by alone.
  End end_of(const manifest::Cell& cell, training::Progress& progress, const std::string& last) {
    using message::Outcome;
    try {
      switch (run(cell, progress)) {
        case training::Outcome::trained:
          return {Outcome::trained, last};
        case training::Outcome::complete_before:
          return {Outcome::complete_before, "complete before"};
        case training::Outcome::stopped:
          break;
      }
      return {Outcome::stopped, last};
    } catch (const distributed::SharedError& error) {
      return {outcome_of(error.kind()), error.what()};
    } catch (const std::exception& error) {
      if (several_ranks()) throw;
      return {outcome_of(kind_of(error)), message_of(error)};
    }
  }

  training::Outcome run(const manifest::Cell& cell, training::Progress& progress) {
    std::optional<distributed::PhasesOf> named;
    if (at_once() > 1) named.emplace(cell.name);
    const auto cpu = ranks(seconds(cell.integer("train.timeout_seconds")));
    Device device;
    return or_end_all(cell, [&] { return run_on(*cpu, device, cell, progress); });
  }

  /// `device` gets what the cell is trained on, for whoever keeps it until the others know of a failure.
  training::Outcome run_on(distributed::Communicator& cpu, Device& device, const manifest::Cell& cell,
                           training::Progress& progress) {
    const std::filesystem::path folder = grid_.place / cell.folder();
    bool begun = false;  // run_cell, which leaves word of its own failures
    try {
      set_threads(cell, grid_.data.of(cell)->shape(), grid_.session, at_once());
      device = choose_device(cell, cpu, grid_.gpus);
      device.place.shared |= at_once() > 1;
      distributed::Communicator& communicator = device.communicator_or(cpu);
      const training::CellJob job{
          .cell = cell,
          .dataset = *grid_.data.of(cell),
          .folder = folder,
          .place = device.place,
          .provenance = training::provenance(cell, communicator, device.name, device.kernels,
                                             grid_.session ? distributed::MpiSession::library() : "none"),
          .progress = progress,
          .warning = few_validation_samples({{&cell, grid_.data.of(cell)->size(data::Split::validation)}}),
          .evaluate = [&, evaluate = evaluate_after(cell, progress)](auto&&... what) {
            set_threads(cell, grid_.session, at_once());
            return evaluate(what...);
          }};
      begun = true;
      return training::run_cell(job, communicator);
    } catch (const std::exception& error) {
      if (!begun && leads()) training::note_failure(cell, folder, message_of(error));
      throw;
    }
  }

  const GridShared& grid_;
  TeamRanks members_;
  std::unique_ptr<distributed::Communicator> control_;
  training::Leader leader_;
};

/// All lanes of this rank until none has work. Throws what the first of them could not share with rank 0.
void work_in_lanes(const GridShared& grid, int rank) {
  distributed::enter_phase("training of several cells at once");  // this thread's, from here on the lanes have their own
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(grid.own_lanes));
  {
    std::vector<std::jthread> lanes;
    for (int lane = 0; lane < grid.own_lanes; ++lane)
      lanes.emplace_back([&, lane] {
        try {
          Team(grid, {rank * grid.lanes + lane, 1}).work();
        } catch (...) {
          failures[static_cast<std::size_t>(lane)] = std::current_exception();
          distributed::request_stop();  // the other lanes write their checkpoints
        }
      });
  }
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace

seconds patience(const manifest::Plan& plan) {
  std::int64_t limit = 1;
  for (const manifest::Cell& cell : plan.cells) limit = std::max(limit, cell.integer("train.timeout_seconds"));
  return seconds(limit);
}

void work(const GridShared& grid) {
  const int rank = grid.session ? grid.session->rank() : 0;
  if (grid.lanes > 1) {
    if (Team(grid, {rank * grid.lanes, grid.lanes}).work() > 0) work_in_lanes(grid, rank);
    return;
  }
  TeamRanks members{0, grid.session ? grid.session->size() : 1};
  while (const int size = Team(grid, members).work()) members = part_of(members, size, rank);
}

}  // namespace irmae::launchers
