// SPDX-License-Identifier: MIT
#include "analysis/plots/growth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace irmae::analysis {

namespace {

constexpr std::size_t kComponents = 12;

std::vector<const storage::EpochRecord*> recorded(const Run& run) {
  std::vector<const storage::EpochRecord*> records;
  for (const storage::EpochRecord& record : run.history)
    if (!record.product_spectrum.empty()) records.push_back(&record);
  return records;
}

}  // namespace

Panel product_values(const Run& run, int colour) {
  Panel panel{.title = "Singular values of the product, " + run.label(),
              .x_label = "epoch",
              .y_label = "singular value",
              .logarithmic = true};
  const auto records = recorded(run);
  for (std::size_t component = 0; !records.empty() && component < kComponents; ++component) {
    Series series{"", colour, {}, {}, {}, {}};
    for (const auto* record : records) {
      if (component >= record->product_spectrum.size() || !(record->product_spectrum[component] > 0)) break;
      series.x.push_back(static_cast<double>(record->epoch));
      series.y.push_back(record->product_spectrum[component]);
    }
    if (!series.x.empty()) panel.series.push_back(std::move(series));
  }
  return panel;
}

Panel growth_law(const Run& run, int colour) {
  Panel panel{.title = "Growth of the product's singular values",
              .x_label = "singular value",
              .y_label = "change in an epoch",
              .logarithmic = true,
              .x_logarithmic = true,
              .key_below = true};
  const auto records = recorded(run);
  Series points{"recorded, " + run.label(), colour, {}, {}, {}, {}, true};
  for (std::size_t i = 1; i < records.size(); ++i) {
    const auto& before = records[i - 1]->product_spectrum;
    const auto& after = records[i]->product_spectrum;
    const auto epochs = static_cast<double>(records[i]->epoch - records[i - 1]->epoch);
    for (std::size_t k = 0; k < std::min({kComponents, before.size(), after.size()}); ++k) {
      const double rate = std::abs(after[k] - before[k]) / epochs;
      if (!(before[k] > 0) || !(after[k] > 0) || !(rate > 0)) continue;
      points.x.push_back(std::sqrt(before[k] * after[k]));
      points.y.push_back(rate);
    }
  }
  if (points.x.size() < 2) return panel;
  const double power = 2 - 2 / static_cast<double>(run.linear_layers());
  std::vector<double> constants;
  for (std::size_t i = 0; i < points.x.size(); ++i) constants.push_back(points.y[i] / std::pow(points.x[i], power));
  std::nth_element(constants.begin(), constants.begin() + static_cast<std::ptrdiff_t>(constants.size() / 2), constants.end());
  const double constant = constants[constants.size() / 2];
  const auto [least, most] = std::minmax_element(points.x.begin(), points.x.end());
  Series law{fmt::format("law, power 2 - 2/{} = {:.3g}", run.linear_layers(), power), 2, {*least, *most}, {}, {}, {}, false, true};
  for (const double x : law.x) law.y.push_back(constant * std::pow(x, power));
  panel.series = {std::move(points), std::move(law)};
  return panel;
}

}  // namespace irmae::analysis
