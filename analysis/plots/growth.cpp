// SPDX-License-Identifier: MIT
#include "analysis/plots/growth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

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
  Points growing;  ///< before the value's growth first ends
  Points later;    ///< larger again after that
  Points shrinking;
};

struct Recorded {
  double epoch, value;
};

/// A component over training.
std::vector<Recorded> values_over_epochs(const std::vector<const storage::EpochRecord*>& records, std::size_t component) {
  std::vector<Recorded> values;
  for (const auto* record : records)
    if (component < record->product_spectrum.size() && record->product_spectrum[component] > 0)
      values.push_back({static_cast<double>(record->epoch), record->product_spectrum[component]});
  return values;
}

bool is_smaller(const Recorded& a, const Recorded& b) { return a.value < b.value; }

/// Where growth begins: at the least value before the largest.
std::size_t begin_of_growth(const std::vector<Recorded>& values) {
  const auto largest = std::ranges::max_element(values, is_smaller);
  return static_cast<std::size_t>(std::min_element(values.begin(), largest + 1, is_smaller) - values.begin());
}

/// Up to which value a component counts as growing: its growth slows down before it ends.
double end_of_growth(const std::vector<Recorded>& values, std::size_t begin) {
  if (std::is_sorted(values.begin() + static_cast<std::ptrdiff_t>(begin), values.end(), is_smaller))
    return std::numeric_limits<double>::infinity();
  return 0.5 * std::ranges::max_element(values, is_smaller)->value;
}

Rates rates_of(const Run& run) {
  Rates rates;
  const auto records = recorded(run);
  for (std::size_t component = 0; component < kComponents; ++component) {
    const std::vector<Recorded> values = values_over_epochs(records, component);
    if (values.size() < 2) continue;
    const std::size_t begin = begin_of_growth(values);
    const double end = end_of_growth(values, begin);
    bool grows = true;
    for (std::size_t i = 1; i < values.size(); ++i) {
      const double before = values[i - 1].value, after = values[i].value;
      if (i > begin) grows = grows && after > before && after < end;
      if (before == after) continue;
      Points& points = grows && i > begin ? rates.growing : after > before ? rates.later : rates.shrinking;
      points.x.push_back(std::sqrt(before * after));
      points.y.push_back(std::abs(after - before) / (values[i].epoch - values[i - 1].epoch));
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

/// A line y = constant x^power.
struct PowerLaw {
  double constant, power;
  double operator()(double x) const { return constant * std::pow(x, power); }
};

/// Of this power, through the middle of the points.
PowerLaw through(const Points& points, double power) {
  std::vector<double> constants;
  for (std::size_t i = 0; i < points.x.size(); ++i) constants.push_back(points.y[i] / std::pow(points.x[i], power));
  return {geometric_median(std::move(constants)), power};
}

/// Least squares of the logarithms. NaN: all points have one x.
PowerLaw fitted(const Points& points) {
  double x = 0, y = 0, xx = 0, xy = 0;
  const auto count = static_cast<double>(points.x.size());
  for (std::size_t i = 0; i < points.x.size(); ++i) x += std::log(points.x[i]) / count, y += std::log(points.y[i]) / count;
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    const double from_middle = std::log(points.x[i]) - x;
    xx += from_middle * from_middle;
    xy += from_middle * (std::log(points.y[i]) - y);
  }
  const double power = xy / xx;
  return {std::exp(y - power * x), power};
}

void add_points(const char* label, int colour, const Points& points, int symbol, Panel& panel) {
  if (!points.x.empty()) panel.series.push_back({label, colour, points.x, points.y, {}, {}, true, false, symbol});
}

void add_line(const std::string& label, int colour, const Points& points, const PowerLaw& law, Panel& panel) {
  const auto [least, most] = std::minmax_element(points.x.begin(), points.x.end());
  panel.series.push_back({label, colour, {*least, *most}, {law(*least), law(*most)}, {}, {}, false, true});
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
              .key = Key::below};
  const Rates rates = rates_of(run);
  // A product of none is a projection.
  if (run.linear_layers() == 0 || rates.growing.x.size() + rates.later.x.size() < 2) return panel;
  constexpr int kFilled = 7, kHollow = 6, kCross = 2, kOfLaw = 2, kGrey = 7;
  const int own = colour == 0 || colour == kOfLaw || colour == kGrey ? 1 : colour;
  add_points("shrinking", kGrey, rates.shrinking, kCross, panel);
  add_points("growing later, not fitted", own, rates.later, kHollow, panel);
  add_points("growing", own, rates.growing, kFilled, panel);
  if (rates.growing.x.size() < 2) return panel;
  const PowerLaw law = through(rates.growing, 2 - 2 / static_cast<double>(run.linear_layers())), fit = fitted(rates.growing);
  add_line(fmt::format("law: power 2 - 2/{} = {:.3g}", run.linear_layers(), law.power), kOfLaw, rates.growing, law, panel);
  if (std::isfinite(fit.power) && std::isfinite(fit.constant))
    add_line(fmt::format("measured: power {:.3g}", fit.power), own, rates.growing, fit, panel);
  return panel;
}

}  // namespace irmae::analysis
