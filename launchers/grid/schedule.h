// SPDX-License-Identifier: MIT
// Which team of ranks trains which cell next. Pure bookkeeping on rank 0: no MPI, no clock of its own.
//
// All ranks are one team at first. A team that finds no open cell of its size splits into teams of the next smaller size that
// is asked for, and what is left over into one smaller team. Teams never merge, so none waits for another: large cells come
// first, and within one size the longest first, so that the end is ragged by at most the shortest cells. Cells in doubt come
// last of their size: one that ends the whole program must not keep the others from their turn at each start.
#pragma once

#include <cstddef>
#include <vector>

#include "launchers/grid/messages.h"

namespace irmae::launchers {

/// A cell to be trained.
struct Task {
  std::size_t cell = 0;   ///< its index in the plan
  int ranks = 1;          ///< that train it together
  double seconds = 0;     ///< expected; only their order matters
  bool in_doubt = false;  ///< it failed, or took its ranks with it again and again: the others come first
};

class Schedule {
 public:
  /// The schedule of these tasks for `world` ranks; a cell that wants more ranks gets all of them.
  Schedule(std::vector<Task> tasks, int world);

  /// What a team of so many ranks is to do next: Train, without the cell's number among all; SplitUp; or NoneLeft. A cell is
  /// given out once.
  message::Answer next(int ranks);
  bool is_empty() const { return tasks_.empty(); }
  /// Gives out no further cell.
  void close() { tasks_.clear(); }
  /// How many ranks are left over, with no cell for so few, when a team of `ranks` splits into teams of its cells' sizes; 0
  /// where there are no cells.
  int without_work(int ranks) const;

 private:
  std::vector<Task> tasks_;  ///< in the order in which they are given out
};

/// How many of `most` lanes a rank starts where all ranks train so many cells of one lane: no more than its share, or the
/// first ranks to ask would take the cells of the others.
int own_lanes(std::size_t cells, int rank, int world, int most);

/// Time in which ranks trained cells, against the time in which they could have.
class RankTime {
 public:
  explicit RankTime(int world) : ranks_(static_cast<std::size_t>(world)) {}
  void starts(int first, int count, double now);
  void ends(int first, int count, double now);
  /// Share of the ranks' time from the first start to the last end in which they had no cell, 0 to 1.
  double idle() const;
  /// Seconds from the first start to the last end.
  double span() const;

 private:
  struct Rank {
    double with_cell = 0, since = 0;
  };
  std::vector<Rank> ranks_;
  double first_ = -1, last_ = -1;
};

}  // namespace irmae::launchers
