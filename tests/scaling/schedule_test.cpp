// SPDX-License-Identifier: MIT
#include "framework/scaling/schedule.h"

#include <gtest/gtest.h>

namespace irmae::scaling {
namespace {

TEST(LongestFirst, GivesTheMakespanWorkedOutByHand) {
  // 7 and 6 start; 5 follows 6 until 11, 4 follows 7 until 11, 3 until 14.
  const ListSchedule found = longest_first({3, 7, 5, 4, 6}, 2);

  EXPECT_EQ(found.seconds, 14);
  EXPECT_EQ(found.cells[1].start, 0);
  EXPECT_EQ(found.cells[2].start, 6);
  EXPECT_EQ(found.cells[3].start, 7);
  EXPECT_EQ(found.cells[0].start, 11);
  EXPECT_NE(found.cells[1].group, found.cells[4].group);
}

TEST(LongestFirst, OnOneGroupTakesTheSum) { EXPECT_EQ(longest_first({1, 2, 3}, 1).seconds, 6); }

TEST(LongestFirst, WithGroupsToSpareTakesTheLongest) { EXPECT_EQ(longest_first({1, 2, 3}, 100).seconds, 3); }

TEST(LongestFirst, KeepsTheOrderOfEquals) {
  const ListSchedule found = longest_first({1, 1, 1, 1}, 2);

  EXPECT_EQ(found.cells[0].group, 0);
  EXPECT_EQ(found.cells[1].group, 1);
  EXPECT_EQ(found.cells[2].start, 1);
  EXPECT_EQ(found.seconds, 2);
  EXPECT_EQ(longest_first({}, 3).seconds, 0);
}

}  // namespace
}  // namespace irmae::scaling
