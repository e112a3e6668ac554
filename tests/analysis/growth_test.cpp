// SPDX-License-Identifier: MIT
// The growth of the product's singular values beside the law. Oracle: values that follow it.
#include "analysis/plots/growth.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tests/analysis/made_runs.h"

namespace irmae::analysis {
namespace {

storage::EpochRecord epoch_of(std::int64_t epoch, std::vector<double> values) {
  storage::EpochRecord record;
  record.epoch = epoch;
  record.product_spectrum = std::move(values);
  return record;
}

/// A run of these values, one row an epoch.
Run run_of(std::int64_t layers, const std::vector<std::vector<double>>& rows) {
  Run run;
  run.identity.parameters = {{"model.linear_layers", layers}, {"model.method", std::string("irmae")}};
  storage::History& history = tests::history_of(run);
  for (const std::vector<double>& row : rows) history.push_back(epoch_of(std::ssize(history) + 1, row));
  return run;
}

constexpr double kRate = 0.01, kLeast = 0.01;

/// A large value that hardly grows, and one that grows from kLeast to `most` by kRate sigma^(2 - 2/l) in an epoch, in steps so
/// short that the law is seen without the steps' error.
Run grown(std::int64_t layers, double most) {
  std::vector<std::vector<double>> rows;
  double large = 1, value = kLeast;
  for (; value < most; large += 1e-6) {
    rows.push_back({large, value});
    value += kRate * std::pow(value, 2 - 2 / static_cast<double>(layers));
  }
  rows.push_back({large, most});
  return run_of(layers, rows);
}

Panel law_of(const Run& run) { return growth_law(run, run.label(), 0); }

/// Of a straight line between two points of logarithmic axes.
double power_of(const Series& line) { return std::log(line.y[1] / line.y[0]) / std::log(line.x[1] / line.x[0]); }

const Series* series_called(const Panel& panel, const std::string& label) {
  const auto found = std::ranges::find_if(panel.series, [&](const Series& series) { return series.label.starts_with(label); });
  return found == panel.series.end() ? nullptr : &*found;
}

bool has_measured(const Panel& panel) { return series_called(panel, "measured") != nullptr; }

/// The law's line alone, of 4 matrices, through the mean of the logarithms of what grows.
void expect_only_the_law(const Panel& panel) {
  ASSERT_EQ(panel.series.size(), 2U);
  const Series &growing = panel.series[0], &law = panel.series[1];
  EXPECT_EQ(growing.label, "growing, not fitted");
  EXPECT_EQ(law.label, "law: power 2 - 2/4 = 1.5 (nothing to fit)");
  EXPECT_TRUE(law.dashed);
  EXPECT_NEAR(power_of(law), 1.5, 1e-9);
  const auto count = static_cast<double>(growing.x.size());
  double x = 0, y = 0;
  for (const double size : growing.x) x += std::log(size) / count;
  for (const double rate : growing.y) y += std::log(rate) / count;
  EXPECT_NEAR(std::log(law.y[0]) + 1.5 * (x - std::log(law.x[0])), y, 1e-9);
}

TEST(GrowthLaw, PassesThroughValuesThatFollowItAndNotThroughThoseThatHardlyGrow) {
  for (const std::int64_t layers : {2, 4, 8}) {
    SCOPED_TRACE(layers);
    const Panel panel = law_of(grown(layers, 0.2));
    ASSERT_EQ(panel.series.size(), 4U);  // not fitted, fitted, the law and what is measured: nothing shrinks
    const Series &growing = panel.series[1], &law = panel.series[2], &measured = panel.series[3];
    EXPECT_EQ(growing.label, "growing, fitted");
    for (const double x : growing.x) EXPECT_LT(x, 0.1) << "half of the largest";
    EXPECT_NEAR(power_of(law), 2 - 2 / static_cast<double>(layers), 1e-9);
    EXPECT_NEAR(law.y[0] / std::pow(law.x[0], power_of(law)), kRate, 0.01 * kRate);
    EXPECT_NEAR(power_of(measured), power_of(law), 0.01);
    EXPECT_EQ(measured.label,
              fmt::format("measured: power {:.3g}, {} points of 1 value", power_of(measured), growing.x.size()));
  }
}

TEST(GrowthLaw, HasTheRunsColourAndTheLawAndWhatShrinksHaveOthers) {
  analysis::Run run = grown(4, 0.2);
  for (auto& record : tests::history_of(run)) record.product_spectrum.push_back(0.01 / static_cast<double>(record.epoch));
  for (int colour = 0; colour < static_cast<int>(kColours); ++colour) {
    SCOPED_TRACE(colour);
    const Panel panel = growth_law(run, run.label(), colour);
    for (const char* own : {"growing, not fitted", "growing, fitted", "measured"}) {
      ASSERT_NE(series_called(panel, own), nullptr) << own;
      EXPECT_EQ(series_called(panel, own)->colour, colour) << own;
    }
    EXPECT_NE(series_called(panel, "law")->colour, colour);
    EXPECT_EQ(series_called(panel, "shrinking")->colour, kGrey);
  }
}

TEST(GrowthLaw, IsDrawnWithoutAMeasuredPowerWhereNoValueGrowsTenfold) {
  const Panel less = law_of(grown(4, 9.9 * kLeast)), tenfold = law_of(grown(4, 10.1 * kLeast));

  EXPECT_TRUE(has_measured(tenfold));
  expect_only_the_law(less);
}

TEST(GrowthLaw, HasNoLineWhereNothingGrows) {
  const Panel panel = law_of(run_of(4, {{3}, {2}, {1}}));

  EXPECT_TRUE(panel.series.empty());
}

TEST(GrowthLaw, IsDrawnWithoutAMeasuredPowerThroughFewerThanFivePoints) {
  const auto doubling = [](double least) {
    std::vector<std::vector<double>> rows;
    for (double value = least; value <= 1.28; value *= 2) rows.push_back({value});
    return law_of(run_of(4, rows));
  };
  const Panel five = doubling(0.01), four = doubling(0.02);

  ASSERT_TRUE(has_measured(five));
  EXPECT_EQ(series_called(five, "growing, fitted")->x.size(), 5U);
  expect_only_the_law(four);
  EXPECT_EQ(four.series[0].x.size(), 6U) << "they are shown all the same";
}

TEST(GrowthLaw, ShowsValuesThatShrinkApart) {
  analysis::Run run = grown(2, 0.2);
  for (auto& record : tests::history_of(run)) record.product_spectrum.push_back(0.01 / static_cast<double>(record.epoch));
  const Panel panel = law_of(run);

  ASSERT_EQ(panel.series.size(), 5U);
  EXPECT_EQ(panel.series[0].label, "shrinking");
  EXPECT_EQ(panel.series[0].x.size(), run.history->size() - 1);
  EXPECT_NEAR(panel.series[3].y[0] / panel.series[3].x[0], kRate, 0.01 * kRate);
}

TEST(GrowthLaw, IsOfTheLastRiseWithoutABreak) {
  analysis::Run run = grown(4, 0.2);
  const Panel alone = law_of(run);
  // Before it the value waits, up and down.
  std::vector<storage::EpochRecord> waiting;
  for (std::int64_t epoch = -9; epoch <= 0; ++epoch)
    waiting.push_back(epoch_of(epoch, {1, kLeast * (epoch % 2 == 0 ? 1.02 : 0.98)}));
  storage::History& history = tests::history_of(run);
  history.insert(history.begin(), waiting.begin(), waiting.end());
  const Panel panel = law_of(run);

  ASSERT_NE(series_called(panel, "growing, fitted"), nullptr);
  EXPECT_EQ(series_called(panel, "growing, fitted")->x, series_called(alone, "growing, fitted")->x);
  ASSERT_NE(series_called(panel, "shrinking"), nullptr);
  EXPECT_EQ(series_called(panel, "shrinking")->x.size(), 5U) << "four in the wait, one at its end";
}

TEST(GrowthLaw, IsOfGrowthAndNotOfWhatFluctuatesAfterIt) {
  constexpr double kQuick = 0.02, kGrown = 1;
  std::vector<double> values{0.05, 0.1, 0.4};
  std::vector<std::vector<double>> rows;
  for (int epoch = 1; epoch <= 500; ++epoch) {
    std::vector<double>& row = rows.emplace_back();
    for (double& value : values) {
      row.push_back(value < kGrown ? value : kGrown + (epoch % 2 == 0 ? 0.03 : -0.03));
      if (value < kGrown) value += kQuick * std::pow(value, 1.5);
    }
  }
  const Panel panel = law_of(run_of(4, rows));

  ASSERT_EQ(panel.series.size(), 5U);
  const Series &shrinking = panel.series[0], &later = panel.series[1], &growing = panel.series[2], &law = panel.series[3],
               &measured = panel.series[4];
  EXPECT_GT(shrinking.x.size(), 100U);
  EXPECT_GT(later.x.size(), 100U);
  for (const double x : growing.x) EXPECT_LT(x, 0.52);
  EXPECT_NE(growing.symbol, later.symbol);
  EXPECT_NE(growing.colour, shrinking.colour);
  EXPECT_NEAR(law.y[0] / std::pow(law.x[0], 1.5), kQuick, 0.02 * kQuick);
  EXPECT_NEAR(power_of(measured), 1.5, 0.02);
}

TEST(GrowthLaw, MeasuresThePowerThatValuesShareThoughEachHasItsOwnRate) {
  constexpr double kPower = 1.5;
  struct Growth {
    double value, most, rate;
  };
  std::vector<Growth> both{{0.05, 1, 0.2}, {0.01, 0.2, 0.02}};
  std::vector<std::vector<double>> rows;
  while (both[0].value < both[0].most || both[1].value < both[1].most) {
    std::vector<double>& row = rows.emplace_back();
    for (Growth& one : both) {
      row.push_back(std::min(one.value, one.most));
      if (one.value < one.most) one.value += one.rate * std::pow(one.value, kPower);
    }
  }
  rows.push_back({both[0].most, both[1].most});
  const Panel panel = law_of(run_of(4, rows));
  const Series *fitted = series_called(panel, "growing, fitted"), *law = series_called(panel, "law"),
               *measured = series_called(panel, "measured");
  ASSERT_TRUE(fitted && law && measured);

  EXPECT_NEAR(power_of(*measured), kPower, 0.01) << "1.79 for all points as one value's";
  EXPECT_TRUE(measured->label.ends_with(fmt::format(", {} points of 2 values", fitted->x.size()))) << measured->label;
  EXPECT_NEAR(power_of(*law), kPower, 1e-9);
  // Both lines are at the points' means there.
  double x = 0, y = 0;
  for (const double size : fitted->x) x += std::log(size) / static_cast<double>(fitted->x.size());
  for (const double rate : fitted->y) y += std::log(rate) / static_cast<double>(fitted->y.size());
  for (const Series* line : {law, measured})
    EXPECT_NEAR(std::log(line->y[0]) + power_of(*line) * (x - std::log(line->x[0])), y, 1e-9) << line->label;
}

TEST(GrowthLaw, TakesNothingFromAValueWithASingleInterval) {
  analysis::Run run = grown(4, 0.2);
  const Panel alone = law_of(run);
  // It rises a hundredfold in three epochs: of the two intervals only the first ends below the half.
  for (auto& record : tests::history_of(run))
    record.product_spectrum.push_back(record.epoch == 1 ? 0.01 : record.epoch == 2 ? 0.1 : 1);
  const Panel panel = law_of(run);
  const Series *before = series_called(alone, "measured"), *measured = series_called(panel, "measured");
  ASSERT_TRUE(before && measured);

  EXPECT_EQ(measured->label, before->label);
  EXPECT_EQ(series_called(panel, "growing, fitted")->x, series_called(alone, "growing, fitted")->x);
  EXPECT_EQ(series_called(panel, "growing, not fitted")->x.size(), series_called(alone, "growing, not fitted")->x.size() + 2);
}

}  // namespace
}  // namespace irmae::analysis
