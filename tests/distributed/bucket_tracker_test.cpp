// SPDX-License-Identifier: MIT
#include "framework/distributed/reducer/bucket_tracker.h"

#include <gtest/gtest.h>

namespace irmae::distributed {
namespace {

/// Bucket 0 has the slots 0 and 1, bucket 1 slot 2, bucket 2 slot 3.
const BucketPlan kPlan{.slots = {{"d", 16, 1, 0}, {"c", 32, 1, 0}, {"b", 48, 1, 1}, {"a", 64, 1, 2}},
                       .buckets = {{0, 48, 2}, {48, 16, 1}, {64, 16, 1}},
                       .elements = 80};

std::vector<std::size_t> complete(BucketTracker& tracker) {
  std::vector<std::size_t> buckets;
  while (const auto bucket = tracker.next_complete()) buckets.push_back(*bucket);
  return buckets;
}

TEST(BucketTracker, GivesBucketsOnceAndInTheirOrderWhateverTheOrderOfGradients) {
  BucketTracker tracker(kPlan);
  for (int step = 0; step < 2; ++step) {
    tracker.begin();
    tracker.mark(2);
    tracker.mark(0);
    EXPECT_EQ(complete(tracker), std::vector<std::size_t>{}) << "bucket 1 waits for bucket 0";
    tracker.mark(1);
    EXPECT_EQ(complete(tracker), (std::vector<std::size_t>{0, 1}));
    EXPECT_EQ(complete(tracker), std::vector<std::size_t>{});
    tracker.mark(3);
    EXPECT_EQ(complete(tracker), std::vector<std::size_t>{2});
  }
}

TEST(BucketTracker, SaysWhichGradientCameTwiceAndWhichNever) {
  BucketTracker tracker(kPlan);
  EXPECT_TRUE(tracker.mark(1));
  EXPECT_FALSE(tracker.mark(1));
  EXPECT_TRUE(tracker.mark(3));
  EXPECT_EQ(complete(tracker), std::vector<std::size_t>{}) << "one gradient twice is not two";
  EXPECT_EQ(tracker.missing(), (std::vector<std::string>{"d", "b"}));

  tracker.begin();

  EXPECT_EQ(tracker.missing(), (std::vector<std::string>{"d", "c", "b", "a"})) << "a step's are not another's";
}

TEST(BucketTracker, HasAllBucketsWhereAllGradientsAreMarked) {
  BucketTracker tracker(kPlan);
  tracker.mark_all();

  EXPECT_EQ(complete(tracker), (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(tracker.missing(), std::vector<std::string>{});
}

}  // namespace
}  // namespace irmae::distributed
