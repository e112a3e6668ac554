// SPDX-License-Identifier: MIT
// The growth of the product's singular values beside the law. Oracle: values that follow it.
#include "analysis/plots/growth.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

namespace irmae::analysis {
namespace {

/// Values that grow by `rate` sigma^(2 - 2/l) in an epoch, in steps so short that the law is seen without the steps' error.
Run grown(std::int64_t layers, double rate) {
  Run run;
  run.identity.parameters = {{"model.linear_layers", layers}, {"model.method", std::string("irmae")}};
  std::vector<double> values{1.0, 0.3, 0.1, 0.01};
  for (std::int64_t epoch = 1; epoch <= 5; ++epoch) {
    storage::EpochRecord record;
    record.epoch = epoch;
    record.product_spectrum = values;
    run.history.push_back(record);
    for (double& value : values) value += rate * std::pow(value, 2 - 2 / static_cast<double>(layers));
  }
  return run;
}

/// Of a straight line between two points of logarithmic axes.
double power_of(const Series& line) { return std::log(line.y[1] / line.y[0]) / std::log(line.x[1] / line.x[0]); }

TEST(GrowthLaw, PassesThroughValuesThatFollowIt) {
  for (const std::int64_t layers : {2, 4, 8}) {
    const Panel panel = growth_law(grown(layers, 1e-4), 0);
    ASSERT_EQ(panel.series.size(), 3U);  // growing, the law and what is measured: nothing shrinks
    const Series& law = panel.series[1];
    EXPECT_NEAR(power_of(law), 2 - 2 / static_cast<double>(layers), 1e-9);
    EXPECT_NEAR(law.y[0] / std::pow(law.x[0], power_of(law)), 1e-4, 1e-7);
    EXPECT_NEAR(power_of(panel.series[2]), power_of(law), 1e-3);
  }
}

TEST(GrowthLaw, ShowsValuesThatShrinkApart) {
  analysis::Run run = grown(2, 1e-3);
  for (auto& record : run.history) record.product_spectrum[3] = 0.01 / static_cast<double>(record.epoch);
  const Panel panel = growth_law(run, 0);

  ASSERT_EQ(panel.series.size(), 4U);
  EXPECT_EQ(panel.series[0].label, "shrinking");
  EXPECT_EQ(panel.series[0].x.size(), 4U);
  EXPECT_NEAR(panel.series[2].y[0] / panel.series[2].x[0], 1e-3, 1e-5);
}

TEST(GrowthLaw, IsOfGrowthThatBeginsLater) {
  analysis::Run run = grown(4, 1e-4);
  storage::EpochRecord before = run.history.front();
  before.epoch = 0;
  for (std::size_t i = 0; i < before.product_spectrum.size(); ++i)  // halfway to the next, so that values fall at first
    before.product_spectrum[i] = (before.product_spectrum[i] + run.history[1].product_spectrum[i]) / 2;
  run.history.insert(run.history.begin(), before);
  const Panel panel = growth_law(run, 0);

  ASSERT_EQ(panel.series.size(), 4U);
  EXPECT_EQ(panel.series[0].label, "shrinking");
  EXPECT_EQ(panel.series[0].x.size(), 4U);
  EXPECT_EQ(panel.series[1].label, "growing");
  EXPECT_EQ(panel.series[1].x.size(), 16U);
}

TEST(GrowthLaw, IsOfGrowthAndNotOfWhatFluctuatesAfterIt) {
  constexpr std::int64_t kLayers = 4;
  constexpr double kRate = 0.02, kGrown = 1;
  analysis::Run run;
  run.identity.parameters = {{"model.linear_layers", kLayers}, {"model.method", std::string("irmae")}};
  std::vector<double> values{0.05, 0.1, 0.4};
  for (std::int64_t epoch = 1; epoch <= 500; ++epoch) {
    storage::EpochRecord record;
    record.epoch = epoch;
    for (double& value : values) {
      record.product_spectrum.push_back(value < kGrown ? value : kGrown + (epoch % 2 == 0 ? 0.03 : -0.03));
      if (value < kGrown) value += kRate * std::pow(value, 1.5);
    }
    run.history.push_back(record);
  }
  const Panel panel = growth_law(run, 0);

  ASSERT_EQ(panel.series.size(), 5U);
  const Series &shrinking = panel.series[0], &later = panel.series[1], &growing = panel.series[2], &law = panel.series[3],
               &measured = panel.series[4];
  EXPECT_GT(shrinking.x.size(), 100U);
  EXPECT_GT(later.x.size(), 100U);
  for (const double x : growing.x) EXPECT_LT(x, 0.52);
  EXPECT_NE(growing.symbol, later.symbol);
  EXPECT_NE(growing.colour, shrinking.colour);
  EXPECT_NEAR(law.y[0] / std::pow(law.x[0], 1.5), kRate, 0.02 * kRate);
  EXPECT_NEAR(power_of(measured), 1.5, 0.02);
  EXPECT_EQ(measured.label, fmt::format("measured: power {:.3g}", power_of(measured)));
}

}  // namespace
}  // namespace irmae::analysis
