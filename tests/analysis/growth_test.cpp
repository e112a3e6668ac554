// SPDX-License-Identifier: MIT
// The growth of the product's singular values beside the law. Oracle: values that follow it.
#include "analysis/plots/growth.h"

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

TEST(GrowthLaw, PassesThroughValuesThatFollowIt) {
  for (const std::int64_t layers : {2, 4, 8}) {
    const Panel panel = growth_law(grown(layers, 1e-4), 0);
    ASSERT_EQ(panel.series.size(), 2U);  // growing and the law: nothing shrinks
    const Series& law = panel.series[1];
    const double power = std::log(law.y[1] / law.y[0]) / std::log(law.x[1] / law.x[0]);
    EXPECT_NEAR(power, 2 - 2 / static_cast<double>(layers), 1e-9);
    EXPECT_NEAR(law.y[0] / std::pow(law.x[0], power), 1e-4, 1e-7);
  }
}

TEST(GrowthLaw, ShowsValuesThatShrinkApart) {
  analysis::Run run = grown(2, 1e-3);
  for (auto& record : run.history) record.product_spectrum[3] = 0.01 / static_cast<double>(record.epoch);
  const Panel panel = growth_law(run, 0);

  ASSERT_EQ(panel.series.size(), 3U);
  EXPECT_EQ(panel.series[0].label, "shrinking");
  EXPECT_EQ(panel.series[0].x.size(), 4U);
  EXPECT_NEAR(panel.series[2].y[0] / panel.series[2].x[0], 1e-3, 1e-5);
}

}  // namespace
}  // namespace irmae::analysis
