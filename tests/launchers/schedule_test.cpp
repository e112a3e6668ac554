// SPDX-License-Identifier: MIT
#include "launchers/grid/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace irmae::launchers {
namespace {

message::Answer train(std::size_t cell) { return message::Train{.cell = cell}; }
message::Answer split_into(int ranks) { return message::SplitUp{ranks}; }
const message::Answer kNoneLeft = message::NoneLeft{};

TEST(Schedule, GivesTheLongestCellFirstToEachTeam) {
  Schedule schedule({{0, 1, 5}, {1, 1, 9}, {2, 1, 7}}, 4);

  EXPECT_EQ(schedule.next(1), train(1));
  EXPECT_EQ(schedule.next(1), train(2));
  EXPECT_EQ(schedule.next(1), train(0));
  EXPECT_EQ(schedule.next(1), kNoneLeft);
}

TEST(Schedule, KeepsTheManifestsOrderWhereAllRanksTrainEachCell) {
  Schedule schedule({{0, 2, 5}, {1, 2, 9}}, 2);

  EXPECT_EQ(schedule.next(2), train(0));
  EXPECT_EQ(schedule.next(2), train(1));
}

TEST(Schedule, TakesCellsInDoubtLast) {
  Schedule together({{0, 2, 5, true}, {1, 2, 9}}, 2);
  EXPECT_EQ(together.next(2), train(1));
  EXPECT_EQ(together.next(2), train(0));

  Schedule apart({{0, 1, 5}, {1, 1, 9, true}, {2, 1, 7}}, 4);
  EXPECT_EQ(apart.next(1), train(2));
  EXPECT_EQ(apart.next(1), train(0));
  EXPECT_EQ(apart.next(1), train(1));
}

TEST(Schedule, TakesLargeTeamsFirstAndThenSplitsThem) {
  Schedule schedule({{0, 1, 100}, {1, 4, 1}, {2, 2, 10}}, 4);

  EXPECT_EQ(schedule.next(4), train(1));
  EXPECT_EQ(schedule.next(4), split_into(2));
  EXPECT_EQ(schedule.next(2), train(2));
  EXPECT_EQ(schedule.next(2), split_into(1)) << "the other pair splits again";
  EXPECT_EQ(schedule.next(1), train(0));
  EXPECT_EQ(schedule.next(1), kNoneLeft);
}

TEST(Schedule, LeavesCellsThatAreTooLargeToLargerTeams) {
  Schedule schedule({{0, 3, 1}, {1, 1, 1}}, 4);

  EXPECT_EQ(schedule.next(4), split_into(3));
  EXPECT_EQ(schedule.next(1), train(1)) << "the rank that is left over does not wait";
  EXPECT_EQ(schedule.next(3), train(0));
}

TEST(Schedule, GivesAllRanksToACellThatWantsMore) {
  Schedule schedule({{0, 64, 1}}, 4);

  EXPECT_EQ(schedule.next(4), train(0));
}

TEST(Schedule, GivesNothingOutOnceClosed) {
  Schedule schedule({{0, 1, 1}}, 1);
  schedule.close();

  EXPECT_EQ(schedule.next(1), kNoneLeft);
}

TEST(Schedule, KnowsTheRanksThatNoCellIsFor) {
  EXPECT_EQ(Schedule({{0, 2, 1}}, 3).without_work(3), 1);
  EXPECT_EQ(Schedule({{0, 2, 1}, {1, 1, 1}}, 3).without_work(3), 0);
  EXPECT_EQ(Schedule({{0, 4, 1}, {1, 3, 1}}, 9).without_work(9), 1);
  EXPECT_EQ(Schedule({{0, 4, 1}, {1, 3, 1}}, 11).without_work(11), 0) << "4 + 4 + 3";
  EXPECT_EQ(Schedule({{0, 64, 1}}, 3).without_work(3), 0) << "all ranks train it";
  EXPECT_EQ(Schedule({}, 3).without_work(3), 0);
}

TEST(Lanes, OfARankAreNoMoreThanItsShareOfTheCells) {
  const auto lanes = [](std::size_t cells, int world, int most) {
    std::vector<int> all;
    for (int rank = 0; rank < world; ++rank) all.push_back(own_lanes(cells, rank, world, most));
    std::sort(all.rbegin(), all.rend());
    return all;
  };

  EXPECT_EQ(lanes(4, 4, 4), (std::vector<int>{1, 1, 1, 1}));
  EXPECT_EQ(lanes(9, 8, 8), (std::vector<int>{2, 1, 1, 1, 1, 1, 1, 1})) << "no GPU is without a cell";
  EXPECT_EQ(lanes(100, 2, 8), (std::vector<int>{8, 8}));
  EXPECT_EQ(lanes(1, 2, 8), (std::vector<int>{1, 1}));
}

TEST(RankTime, CountsTheRanksTimeWithoutACell) {
  RankTime time(2);
  time.starts(0, 1, 10);
  time.starts(1, 1, 10);
  time.ends(0, 1, 20);
  time.ends(1, 1, 15);

  EXPECT_DOUBLE_EQ(time.span(), 10);
  EXPECT_DOUBLE_EQ(time.idle(), 0.25);
}

/// Twelve cells of different lengths on four ranks, each asking for the next one when it has none.
TEST(Schedule, KeepsFourTeamsBusyToTheEndOfTwelveCells) {
  const std::vector<double> seconds = {31, 7, 12, 5, 9, 28, 6, 14, 11, 8, 22, 7};
  std::vector<Task> tasks;
  for (std::size_t cell = 0; cell < seconds.size(); ++cell) tasks.push_back({cell, 1, seconds[cell]});
  Schedule schedule(tasks, 4);
  RankTime time(4);
  ASSERT_EQ(schedule.next(4), split_into(1)) << "they split";

  std::array<double, 4> free_at{};
  std::size_t trained = 0;
  for (;;) {
    const auto team = std::min_element(free_at.begin(), free_at.end()) - free_at.begin();
    const message::Answer answer = schedule.next(1);
    const auto* order = std::get_if<message::Train>(&answer);
    if (!order) break;
    time.starts(static_cast<int>(team), 1, free_at[team]);
    free_at[team] += seconds[order->cell];
    time.ends(static_cast<int>(team), 1, free_at[team]);
    ++trained;
  }
  EXPECT_EQ(trained, seconds.size());
  EXPECT_LT(time.idle(), 0.05);
}

}  // namespace
}  // namespace irmae::launchers
