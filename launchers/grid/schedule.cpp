// SPDX-License-Identifier: MIT
#include "launchers/grid/schedule.h"

#include <algorithm>

#include "framework/share.h"

namespace irmae::launchers {

Schedule::Schedule(std::vector<Task> tasks, int world) : tasks_(std::move(tasks)) {
  for (Task& task : tasks_) task.ranks = std::clamp(task.ranks, 1, world);
  const auto whole = [&](const Task& task) { return task.ranks == world; };
  // One team takes all: the user's own order is the best one then.
  const bool one_team = std::all_of(tasks_.begin(), tasks_.end(), whole);
  std::stable_sort(tasks_.begin(), tasks_.end(), [&](const Task& a, const Task& b) {
    if (a.ranks != b.ranks) return a.ranks > b.ranks;
    if (a.in_doubt != b.in_doubt) return b.in_doubt;
    return !one_team && a.seconds > b.seconds;
  });
}

message::Answer Schedule::next(int ranks) {
  const auto task = std::find_if(tasks_.begin(), tasks_.end(), [&](const Task& one) { return one.ranks <= ranks; });
  if (task == tasks_.end()) return message::NoneLeft{};
  if (task->ranks < ranks) return message::SplitUp{task->ranks};
  const message::Train train{.cell = task->cell};
  tasks_.erase(task);
  return train;
}

int Schedule::without_work(int ranks) const {
  if (tasks_.empty()) return 0;
  while (ranks > 0) {
    int largest = 0;  // of the cells that the team can take: it splits into teams of that size, and a rest
    for (const Task& task : tasks_)
      if (task.ranks <= ranks) largest = std::max(largest, task.ranks);
    if (largest == 0) break;
    ranks %= largest;
  }
  return ranks;
}

int own_lanes(std::size_t cells, int rank, int world, int most) {
  const std::int64_t share = share_of(static_cast<std::int64_t>(cells), rank, world).count;
  return static_cast<int>(std::clamp<std::int64_t>(share, 1, most));
}

void RankTime::starts(int first, int count, double now) {
  if (first_ < 0) first_ = now;
  for (int i = first; i < first + count; ++i) ranks_.at(static_cast<std::size_t>(i)).since = now;
}

void RankTime::ends(int first, int count, double now) {
  last_ = std::max(last_, now);
  for (int i = first; i < first + count; ++i) {
    Rank& rank = ranks_.at(static_cast<std::size_t>(i));
    rank.with_cell += now - rank.since;
  }
}

double RankTime::span() const { return last_ - first_; }

double RankTime::idle() const {
  if (first_ < 0 || span() <= 0) return 0;
  double with_cell = 0;
  for (const Rank& rank : ranks_) with_cell += rank.with_cell;
  return std::clamp(1 - with_cell / (span() * static_cast<double>(ranks_.size())), 0.0, 1.0);
}

}  // namespace irmae::launchers
