// SPDX-License-Identifier: MIT
// The step model against cases worked out by hand.
#include "framework/scaling/step_model.h"

#include <gtest/gtest.h>

namespace irmae::scaling {
namespace {

/// 32 samples of 3 FLOP at 1 FLOP/s: 96 s on one rank, 32 s of which are the forward pass.
Workload thirty_two(std::vector<ModelledBucket> buckets = {}) {
  return {.batch = 32, .flops = 3, .buckets = std::move(buckets)};
}

TEST(RingAllReduce, IsTwoTimesRanksLessOneMessagesOfAShareEach) {
  const Link link{.latency = 0.5, .bandwidth = 100};

  EXPECT_EQ(ring_all_reduce(800, 1, link), 0);
  EXPECT_DOUBLE_EQ(ring_all_reduce(800, 2, link), 2 * (0.5 + 4));
  EXPECT_DOUBLE_EQ(ring_all_reduce(800, 4, link), 6 * (0.5 + 2));
}

TEST(Step, WithoutCommunicationIsDividedByTheRanks) {
  for (const int ranks : {1, 2, 4, 8, 16, 32})
    EXPECT_DOUBLE_EQ(step(thirty_two({{1e9, 1}}), Machine{}, ranks).seconds(), 96.0 / ranks) << ranks;
}

TEST(Step, WaitsForTheLargestShare) {
  EXPECT_DOUBLE_EQ(step(thirty_two(), Machine{}, 3).seconds(), 33) << "11 samples";
  EXPECT_DOUBLE_EQ(step(thirty_two(), Machine{}, 31).seconds(), 6) << "2 samples";
  EXPECT_DOUBLE_EQ(step(thirty_two(), Machine{}, 64).seconds(), 3) << "1 sample; half of the ranks have none";
}

TEST(Step, IsNeverShorterThanItsOverheadAndItsUpdate) {
  Workload work = thirty_two();
  work.update_bytes = 80;
  const Step found = step(work, Machine{.overhead = 5, .memory = 10}, 32);

  EXPECT_DOUBLE_EQ(found.compute, 5 + 3);
  EXPECT_DOUBLE_EQ(found.update, 8);
  EXPECT_DOUBLE_EQ(found.seconds(), 16);
}

TEST(Step, HidesWhatIsSentWhileBackwardGoesOn) {
  // On 2 ranks: 48 s, forward until 16. The first bucket is ready at 16 + 32/2 = 32 and takes 10 s, until 42; the second is
  // ready at 48 and takes 4 s.
  const Machine machine{.ranks_per_node = 2, .inside = {.latency = 0, .bandwidth = 1}};
  const Step found = step(thirty_two({{10, 0.5}, {4, 1}}), machine, 2);

  EXPECT_DOUBLE_EQ(found.compute, 48);
  EXPECT_DOUBLE_EQ(found.communication, 14);
  EXPECT_DOUBLE_EQ(found.exposed, 4);
  EXPECT_DOUBLE_EQ(found.seconds(), 52);
}

TEST(Step, BucketsThatQueueAreSentOneAfterTheOther) {
  const Machine machine{.ranks_per_node = 2, .inside = {.latency = 0, .bandwidth = 1}};

  // The first is sent from 32 to 62, the second from then on.
  EXPECT_DOUBLE_EQ(step(thirty_two({{30, 0.5}, {4, 1}}), machine, 2).seconds(), 66);
}

TEST(Step, TakesTheSlowLinkOnceARingLeavesItsNode) {
  const Machine machine{.ranks_per_node = 4, .inside = {.latency = 1}, .between = {.latency = 100}};

  EXPECT_DOUBLE_EQ(step(thirty_two({{0, 1}}), machine, 4).exposed, 6);
  EXPECT_DOUBLE_EQ(step(thirty_two({{0, 1}}), machine, 5).exposed, 800);
}

TEST(FastestRanks, AreTheBatchWhereLinksAreFree) {
  EXPECT_EQ(fastest_ranks(thirty_two({{1e9, 1}}), Machine{}, 4096), 32);
  EXPECT_EQ(fastest_ranks(thirty_two({{1e9, 1}}), Machine{}, 8), 8);
  EXPECT_EQ(fastest_ranks(thirty_two(), Machine{}, 31), 16) << "from 16 to 31 ranks the largest share is 2";
}

TEST(FastestRanks, AreFewWhereEachMessageCosts) {
  // Exposed latency of 2 (R - 1) x 1 s beside 96 / R: 48 + 2 = 50, 32 is no divisor: 33 + 4 = 37, 24 + 6 = 30, 21 + 8 = 29,
  // 18 + 10 = 28, 15 + 12 = 27, 12 + 14 = 26, 12 + 16, ...; 11 ranks: 9 + 20.
  const Machine machine{.ranks_per_node = 64, .inside = {.latency = 1}};

  EXPECT_EQ(fastest_ranks(thirty_two({{0, 1}}), machine, 32), 8);
  EXPECT_EQ(fastest_ranks(thirty_two({{0, 1}}), Machine{.ranks_per_node = 64, .inside = {.latency = 1000}}, 32), 1);
}

TEST(EfficientRanks, EndWhereTheSpeedUpFallsBelowTheShareAskedFor) {
  const Machine machine{.ranks_per_node = 64, .inside = {.latency = 1}};

  // 96 / 50 = 0.96 x 2; 96 / 37 = 0.86 x 3; 96 / 30 = 0.8 x 4; 96 / 29 = 0.66 x 5; 0.57 x 6; 0.51 x 7; 0.46 x 8
  EXPECT_EQ(efficient_ranks(thirty_two({{0, 1}}), machine, 32, 0.5), 7);
  EXPECT_EQ(efficient_ranks(thirty_two({{0, 1}}), machine, 32, 0.8), 4);
}

}  // namespace
}  // namespace irmae::scaling
