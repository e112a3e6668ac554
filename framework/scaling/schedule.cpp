// SPDX-License-Identifier: MIT
#include "framework/scaling/schedule.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>

namespace irmae::scaling {

ListSchedule longest_first(const std::vector<double>& durations, int groups) {
  std::vector<std::size_t> order(durations.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return durations[a] > durations[b]; });
  using Free = std::pair<double, int>;  // when, which group: the lowest number among equals
  std::priority_queue<Free, std::vector<Free>, std::greater<>> free;
  for (int group = 0; group < std::max(groups, 1); ++group) free.emplace(0.0, group);
  ListSchedule schedule{std::vector<Placement>(durations.size()), 0};
  for (const std::size_t cell : order) {
    const auto [start, group] = free.top();
    free.pop();
    schedule.cells[cell] = {group, start};
    schedule.seconds = std::max(schedule.seconds, start + durations[cell]);
    free.emplace(start + durations[cell], group);
  }
  return schedule;
}

}  // namespace irmae::scaling
