// SPDX-License-Identifier: MIT
#include "framework/data/in_batches.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace irmae {
namespace {

using Batches = std::vector<std::vector<std::int64_t>>;

Batches batches_of(const Share& share, std::int64_t at_once) {
  Batches seen;
  for_batches(share, at_once, [&](const std::vector<std::int64_t>& indices) { seen.push_back(indices); });
  return seen;
}

TEST(Batches, TakeEachSampleOfAShareOnceAndInOrder) {
  EXPECT_EQ(batches_of({3, 7}, 3), (Batches{{3, 4, 5}, {6, 7, 8}, {9}}));
  EXPECT_EQ(batches_of({0, 4}, 2), (Batches{{0, 1}, {2, 3}}));
  EXPECT_EQ(batches_of({5, 2}, 1000), (Batches{{5, 6}}));
}

TEST(Batches, OfAShareWithoutSamplesAreNone) { EXPECT_EQ(batches_of({5, 0}, 3), Batches{}); }

}  // namespace
}  // namespace irmae
