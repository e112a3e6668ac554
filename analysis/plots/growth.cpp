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

struct Points {
  std::vector<double> x, y;
};

/// Size (the geometric mean of an interval's ends) and change in an epoch, for each recorded interval and component.
struct Rates {
  Points growing, shrinking;
};

Rates rates_of(const Run& run) {
  Rates rates;
  const auto records = recorded(run);
  for (std::size_t i = 1; i < records.size(); ++i) {
    const auto& before = records[i - 1]->product_spectrum;
    const auto& after = records[i]->product_spectrum;
    const auto epochs = static_cast<double>(records[i]->epoch - records[i - 1]->epoch);
    for (std::size_t k = 0; k < std::min({kComponents, before.size(), after.size()}); ++k) {
      if (!(before[k] > 0) || !(after[k] > 0) || before[k] == after[k]) continue;
      Points& points = after[k] > before[k] ? rates.growing : rates.shrinking;
      points.x.push_back(std::sqrt(before[k] * after[k]));
      points.y.push_back(std::abs(after[k] - before[k]) / epochs);
    }
  }
  return rates;
}

/// Of rates, which lie over decades: between two middle values stands their geometric mean.
double geometric_median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : std::sqrt(values[middle - 1] * values[middle]);
}

}  // namespace

Panel product_values(const Run& run, int colour) {
  Panel panel{.title = fmt::format("Product W_l ... W_1, {}, {}", run.label(), run.data()),
              .x_label = "epoch",
              .y_label = "singular values",
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
  Panel panel{.title = fmt::format("Growth of its singular values, {}, {}", run.label(), run.data()),
              .x_label = "singular value",
              .y_label = "change in an epoch",
              .logarithmic = true,
              .x_logarithmic = true,
              .key = Key::top_left};
  const Rates rates = rates_of(run);
  if (run.linear_layers() == 0 || rates.growing.x.size() < 2) return panel;  // a product of none: a projection
  const double power = 2 - 2 / static_cast<double>(run.linear_layers());
  std::vector<double> constants;
  for (std::size_t i = 0; i < rates.growing.x.size(); ++i)
    constants.push_back(rates.growing.y[i] / std::pow(rates.growing.x[i], power));
  const double constant = geometric_median(std::move(constants));
  const auto [least, most] = std::minmax_element(rates.growing.x.begin(), rates.growing.x.end());
  Series law{
      fmt::format("law: power 2 - 2/{} = {:.3g}", run.linear_layers(), power), 2, {*least, *most}, {}, {}, {}, false, true};
  for (const double x : law.x) law.y.push_back(constant * std::pow(x, power));
  if (!rates.shrinking.x.empty()) panel.series.push_back({"shrinking", 7, rates.shrinking.x, rates.shrinking.y, {}, {}, true});
  panel.series.push_back({"growing", colour == 2 || colour == 7 ? 1 : colour, rates.growing.x, rates.growing.y, {}, {}, true});
  panel.series.push_back(std::move(law));
  return panel;
}

}  // namespace irmae::analysis
