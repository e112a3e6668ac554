// SPDX-License-Identifier: MIT
// Rank 0's side of a grid: answers the teams' questions, keeps the tally, shows how it goes.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "framework/manifest/manifest.h"
#include "launchers/grid/messages.h"
#include "launchers/grid/progress_display.h"
#include "launchers/grid/schedule.h"
#include "storage/error.h"

namespace irmae::launchers {

/// What became of the cells.
struct Tally {
  std::size_t trained = 0, complete = 0;
  std::vector<std::string> failures;  ///< names of the cells; why was said at once
  struct TakenElsewhere {
    std::size_t cell;  ///< its index in the plan
    std::string reason;
  };
  std::vector<TakenElsewhere> taken_elsewhere;  ///< left to another run that trains them
  bool usage = false;                           ///< one failed by wrong use
  bool stopped = false;                         ///< by a signal
  double idle = 0;                              ///< share of the ranks' time without a cell
  double seconds = 0;
  int teams = 1;  ///< at most at work at once
};

class Coordinator {
 public:
  /// `plan` and `display` must outlive the object. `world`: ranks of the program; `samples`: training samples of each cell of
  /// the plan, for the time left.
  Coordinator(const manifest::Plan& plan, Schedule schedule, int world, std::vector<double> samples, ProgressDisplay& display,
              bool fail_fast)
      : plan_(plan),
        schedule_(std::move(schedule)),
        samples_(std::move(samples)),
        display_(display),
        rank_time_(world),
        fail_fast_(fail_fast) {}

  void complete_before(const manifest::Cell& cell);
  /// Counts a cell that cannot be trained as failed, and says why; `kind`: of that failure.
  void left_out(const manifest::Cell& cell, const std::string& reason, Failure kind);

  /// Answers one question of a team (messages.h), and a text that is none by an empty one, which is no answer. Never throws.
  std::string answer(const std::string& question_text);
  Tally tally() const;

 private:
  message::Answer answer_to(message::TeamRanks team, const message::NextCell&);
  message::Answer answer_to(message::TeamRanks team, const message::Live& live);
  message::Answer answer_to(message::TeamRanks team, const message::TrainedBefore& before);
  message::Answer answer_to(message::TeamRanks team, const message::Say& say);
  message::Answer answer_to(message::TeamRanks team, const message::CellEnds& ends);
  message::Answer answer_to(message::TeamRanks team, const message::Stopped&);
  message::Answer go_on() const;
  void failed(const manifest::Cell& cell);
  void stopped();
  void halt();
  std::string line(std::size_t number, const manifest::Cell& cell, const std::string& text) const;

  const manifest::Plan& plan_;
  Schedule schedule_;
  std::vector<double> samples_;
  ProgressDisplay& display_;
  RankTime rank_time_;
  bool fail_fast_;
  bool gave_up_ = false;        ///< for a failure (fail_fast)
  bool halted_ = false;         ///< teams are told to stop at their next step
  std::set<int> at_work_;       ///< first ranks of teams that have a cell
  std::map<int, double> done_;  ///< samples of each team's cell that were trained, now or before
  Tally tally_;
};

}  // namespace irmae::launchers
