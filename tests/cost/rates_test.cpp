// SPDX-License-Identifier: MIT
#include "framework/cost/rates.h"

#include <gtest/gtest.h>

namespace irmae::cost {
namespace {

TEST(Rates, WithoutRunsAreTheAssumedOneForEachWorker) {
  const Rate rate = Rates(10).of({"m", "n", "images"}, 2, 4);

  EXPECT_EQ(rate.flops_per_second, 40);
  EXPECT_EQ(rate.basis, Basis::assumed);
}

TEST(Rates, OfTheMostSimilarRunsWin) {
  Rates rates(10);
  rates.add({{"far", "away", "vectors"}, 1, 1, 9});
  EXPECT_EQ(rates.of({"m", "n", "images"}, 1, 1).basis, Basis::assumed) << "networks of another kind tell nothing";
  rates.add({{"other", "else", "images"}, 1, 1, 1});
  EXPECT_EQ(rates.of({"m", "n", "images"}, 1, 1).flops_per_second, 1);
  EXPECT_EQ(rates.of({"m", "n", "images"}, 1, 1).basis, Basis::other_networks);
  rates.add({{"other", "n", "images"}, 1, 1, 2});
  EXPECT_EQ(rates.of({"m", "n", "images"}, 1, 1).flops_per_second, 2);
  EXPECT_EQ(rates.of({"m", "n", "images"}, 1, 1).basis, Basis::same_network);
  rates.add({{"m", "n", "images"}, 1, 1, 3});
  EXPECT_EQ(rates.of({"m", "n", "images"}, 1, 1).flops_per_second, 3);
  EXPECT_EQ(rates.of({"m", "n", "images"}, 1, 1).basis, Basis::same_model);
}

TEST(Rates, OfRunsOnAsManyRanksAreTakenAsTheyAre) {
  Rates rates(10);
  rates.add({{"m", "n", "images"}, 1, 1, 100});
  EXPECT_EQ(rates.of({"m", "n", "images"}, 2, 2).flops_per_second, 200) << "scaled where there is none";
  rates.add({{"m", "n", "images"}, 2, 2, 150});
  EXPECT_EQ(rates.of({"m", "n", "images"}, 2, 2).flops_per_second, 150);
  EXPECT_EQ(rates.of({"m", "n", "images"}, 4, 4).flops_per_second, 350) << "the median of 400 and 300";
}

TEST(Rates, AreMediansSoThatOneDisturbedRunDoesNotMatter) {
  Rates rates(10);
  for (const double value : {100.0, 101.0, 3.0, 99.0, 102.0}) rates.add({{"m", "n", "images"}, 1, 1, value});

  EXPECT_EQ(rates.of({"m", "n", "images"}, 1, 1).flops_per_second, 100);
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({4, 1}), 2.5);
}

}  // namespace
}  // namespace irmae::cost
