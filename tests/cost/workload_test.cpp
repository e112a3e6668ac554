// SPDX-License-Identifier: MIT
#include "framework/cost/workload.h"

#include <gtest/gtest.h>

#include "tests/cell_of.h"

namespace irmae::cost {
namespace {

scaling::Workload workload(const models::Shape& shape, const std::vector<std::string>& overrides) {
  const manifest::Cell cell = tests::cell_of(overrides);
  return workload_of(cell, layers_of(cell, shape));
}

double bytes(const scaling::Workload& work) {
  double sum = 0;
  for (const scaling::ModelledBucket& bucket : work.buckets) sum += bucket.bytes;
  return sum;
}

TEST(Workload, OfTheShapesNetworkIsOneFirstBucketOfAMebibyteAndTheRest) {
  const scaling::Workload work = workload({3, 32, 32}, {"model.method=ae"});

  EXPECT_EQ(work.batch, 32);
  EXPECT_EQ(work.flops, 6 * 13'434'880.0);
  ASSERT_EQ(work.buckets.size(), 2u);
  EXPECT_NEAR(bytes(work), 4 * 1'445'859, 2000) << "extras and padding besides";
  // From the last layer on: 3*32*16, 32*64*16, 64*128*16 weights and their biases are 663 kB; 128*256*16 more pass 1 MiB.
  EXPECT_NEAR(work.buckets[0].bytes, 4 * (1'536 + 3 + 32'768 + 32 + 131'072 + 64 + 524'288 + 128), 1000);
  EXPECT_NEAR(work.buckets[0].ready, (393'216 + 3 * 2'097'152) / 13'434'880.0, 1e-12);
  EXPECT_EQ(work.buckets[1].ready, 1) << "the first layer's gradient ends the backward pass";
}

TEST(Workload, FollowsTheManifestsBucketsAndPrecision) {
  const scaling::Workload one = workload({3, 32, 32}, {"model.method=ae", "train.first_bucket_mib=1000"});
  const scaling::Workload many = workload({3, 32, 32}, {"model.method=ae", "train.first_bucket_mib=0", "train.bucket_mib=0"});
  const scaling::Workload wide = workload({3, 32, 32}, {"model.method=ae", "train.precision=float64"});

  EXPECT_EQ(one.buckets.size(), 1u);
  EXPECT_EQ(many.buckets.size(), 20u) << "a bucket for each weight and bias";
  EXPECT_NEAR(bytes(wide), 2 * bytes(one), 2000);
}

TEST(Workload, LeavesFixedMatricesOut) {
  const scaling::Workload fixed = workload({3, 32, 32}, {"model.method=irmae-fixed", "model.linear_layers=4"});

  EXPECT_NEAR(bytes(fixed), bytes(workload({3, 32, 32}, {"model.method=ae"})), 1);
}

}  // namespace
}  // namespace irmae::cost
