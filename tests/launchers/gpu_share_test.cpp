// SPDX-License-Identifier: MIT
// Which GPU a rank gets, and how many small cells it trains there at once: for hosts of any number of GPUs, without one.
#include "launchers/grid/gpu_share.h"

#include <gtest/gtest.h>

#include "tests/cell_of.h"
#include "tests/message_of.h"

namespace irmae::launchers {
namespace {

TEST(GpuOfARank, IsThatOfItsPlaceOnTheHost) {
  for (const bool with_others : {false, true}) {
    for (int rank = 0; rank < 4; ++rank) {
      const GpuShare share = gpu_for({rank, 4}, 4, with_others);
      EXPECT_EQ(share.index, rank);
      EXPECT_FALSE(share.shared);
    }
    EXPECT_EQ(gpu_for({1, 2}, 8, with_others).index, 1);
  }
}

TEST(GpuOfARank, IsSharedInTurnWhereThereAreMoreRanks) {
  for (const auto& [rank, index] : {std::pair{0, 0}, {1, 1}, {2, 0}, {3, 1}, {4, 0}}) {
    const GpuShare share = gpu_for({rank, 5}, 2, /*with_others=*/false);
    EXPECT_EQ(share.index, index);
    EXPECT_TRUE(share.shared);
  }
}

TEST(GpuOfARank, IsNotSharedByRanksThatTrainACellTogether) {
  const std::string told = tests::message_of<UsageError>([] { gpu_for({3, 4}, 1, /*with_others=*/true); });

  EXPECT_EQ(told, "4 ranks on a host with 1 GPU: start at most one rank for each GPU, or set train.device=cpu");
}

TEST(UsualLanes, AreEightOnAGpuAmongItsRanks) {
  constexpr int kMany = 1000;
  EXPECT_EQ(usual_lanes(1, 1, kMany), 8);
  EXPECT_EQ(usual_lanes(8, 8, kMany), 8);
  EXPECT_EQ(usual_lanes(2, 1, kMany), 8) << "a rank uses one GPU";
  EXPECT_EQ(usual_lanes(1, 2, kMany), 4);
  EXPECT_EQ(usual_lanes(2, 3, kMany), 4) << "one of them has two ranks";
  EXPECT_EQ(usual_lanes(1, 3, kMany), 2);
  EXPECT_EQ(usual_lanes(1, 100, kMany), 1);
}

TEST(UsualLanes, AreNoMoreThanTheRanksCells) {
  EXPECT_EQ(usual_lanes(1, 1, 3), 3);
  EXPECT_EQ(usual_lanes(1, 1, 1), 1);
}

/// At batch 32 the shapes' network needs 3 GFLOP a step.
TEST(SmallCells, AreThoseOfAStepBelow20Gflop) {
  const models::Shape shapes{3, 32, 32};
  const auto small = [&](const std::string& batch) { return is_small(tests::cell_of({"train.batch=" + batch}), shapes); };

  EXPECT_TRUE(small("32"));
  EXPECT_TRUE(small("128"));
  EXPECT_FALSE(small("1024")) << "the batch counts";
}

}  // namespace
}  // namespace irmae::launchers
