// SPDX-License-Identifier: MIT
// How far a mean is written, and how.
#include "analysis/rounded_mean.h"

#include <gtest/gtest.h>

#include <cmath>

namespace irmae::analysis {
namespace {

std::string written(double mean, double deviation) {
  const auto both = rounded({mean, deviation});
  return both ? to_text(*both) : "alone";
}

TEST(RoundedMean, EndsWithTheFirstDigitOfItsDeviation) {
  EXPECT_EQ(written(4.1234, 0.0432), "4.12 ± 0.04");
  EXPECT_EQ(written(31.5, 0.7071), "31.5 ± 0.7");
  EXPECT_EQ(written(-312.43, 2.6), "-312 ± 3");
}

TEST(RoundedMean, EndsWithTheSecondDigitOfADeviationThatBeginsWithAOne) {
  EXPECT_EQ(written(12.345, 1.26), "12.3 ± 1.3");
  EXPECT_EQ(written(0.0123456, 0.00146), "0.0123 ± 0.0015");
  EXPECT_EQ(written(2.3412, 0.196), "2.34 ± 0.20") << "the first digit is that before rounding";
  EXPECT_EQ(written(5.04, 0.96), "5.0 ± 1.0");
}

TEST(RoundedMean, IsRoundedBeforeThePointWhereItsDeviationIsSoLarge) {
  EXPECT_EQ(written(5012.3, 231), "5000 ± 200");
  EXPECT_EQ(written(1234.5, 58), "1230 ± 60");
}

TEST(RoundedMean, KeepsZerosThatAreKnown) {
  EXPECT_EQ(written(3, 0.02), "3.00 ± 0.02");
  EXPECT_EQ(written(0, 0.02), "0.00 ± 0.02");
}

TEST(RoundedMean, SmallerThanItsDeviationHasNoSignOfItsOwnWhereItIsZero) {
  EXPECT_EQ(written(-0.00001, 0.2), "0.0 ± 0.2");
  EXPECT_EQ(written(-1.2, 3.4), "-1 ± 3");
}

TEST(RoundedMean, FarFromOneSharesItsPowerOfTenWithItsDeviation) {
  EXPECT_EQ(written(1.234e-5, 4.2e-7), "(1.23 ± 0.04)e-05");
  EXPECT_EQ(written(-1.2345e6, 4.2e4), "(-1.23 ± 0.04)e+06");
  EXPECT_EQ(written(2e-7, 3e-5), "(0 ± 3)e-05") << "the larger of the two counts";
}

TEST(RoundedMean, IsInScientificNotationWhereFourDigitsAloneWouldBe) {
  EXPECT_EQ(written(0.0001, 0.00002), "0.00010 ± 0.00002");
  EXPECT_EQ(written(0.00009, 0.00002), "(9 ± 2)e-05");
  EXPECT_EQ(written(9999.7, 0.2), "9999.7 ± 0.2");
  EXPECT_EQ(written(9999.96, 0.2), "(1.00000 ± 0.00002)e+04") << "which rounding takes to 10000.0";
}

TEST(RoundedMean, IsNoneWhereTheDeviationSaysNothing) {
  EXPECT_FALSE(rounded({4.1234, 0}));
  EXPECT_FALSE(rounded({0, 0}));
  EXPECT_FALSE(rounded({4.1234, std::nan("")}));
  EXPECT_FALSE(rounded({std::nan(""), 0.1}));
  EXPECT_FALSE(rounded({0.1, 1.7e-17})) << "rounding of the mean of equal values";
}

TEST(RoundedMean, OfLatexIsMathematics) {
  EXPECT_EQ(to_latex(*rounded({4.1234, 0.0432})), "$4.12 \\pm 0.04$");
  EXPECT_EQ(to_latex(*rounded({1.234e-5, 4.2e-7})), "$(1.23 \\pm 0.04) \\times 10^{-5}$");
}

}  // namespace
}  // namespace irmae::analysis
