// SPDX-License-Identifier: MIT
// What a user sees of a grid that is trained: on a terminal one live line for each team and one for the whole, elsewhere
// plain lines now and then. Rank 0 alone has one.
#pragma once

#include <chrono>
#include <map>
#include <string>

namespace irmae::launchers {

class ProgressDisplay {
 public:
  /// Begins to show a plan of so many `cells`; `samples`: training samples (with repetition) that are still to be trained.
  /// quiet: no lines but those that are always said.
  ProgressDisplay(std::size_t cells, double samples, bool quiet);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;

  /// The number, from 1, of the next cell that is begun among all, for "[3/48]".
  std::size_t number() { return ++started_; }

  /// Replaces the team's line that shows how its cell comes along. `samples`: trained since the line before.
  void live(int team, const std::string& text, double samples);
  /// Prints a line that stays; `always`: also when quiet.
  void say(const std::string& text, bool always = false);
  /// Counts the cell that `team` trained as ended, and prints the line `text`.
  void ends(int team, const std::string& text);
  /// Takes samples off those still to be trained: they were trained before, or their cell has ended without them.
  void take_off(double samples) { left_ -= samples; }

 private:
  using Clock = std::chrono::steady_clock;

  std::string left() const;
  std::string whole() const;
  void draw();
  void erase();

  std::size_t cells_, started_ = 0, ended_ = 0;
  double left_, trained_ = 0;
  bool quiet_;
  int terminal_;  ///< a descriptor of the user's terminal, for its size; -1: output goes elsewhere
  std::map<int, std::string> lines_;
  std::size_t drawn_ = 0, most_teams_ = 0;
  Clock::time_point start_ = Clock::now(), shown_ = start_;
};

}  // namespace irmae::launchers
