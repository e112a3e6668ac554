// SPDX-License-Identifier: MIT
#include "analysis/plots/growth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/plots/recorded_spectra.h"

namespace irmae::analysis {

namespace {

constexpr double kLeastGrowthFold = 10;   ///< of a component, for its growth to say anything about a power of its size
constexpr std::size_t kFewestFitted = 5;  ///< points that a line is drawn through

std::vector<const storage::EpochRecord*> recorded(const Run& run) {
  return recorded(run, &storage::EpochRecord::product_spectrum);
}

struct Points {
  std::vector<double> x, y;
};

/// Size (the geometric mean of an interval's ends) and change in an epoch, for each recorded interval and component.
struct Rates {
  Points fitted;   ///< of a rise through a decade, before it slows down
  Points growing;  ///< all other growth
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

/// A component's last rise to half of its largest value, without a break.
struct Rise {
  std::size_t begin;   ///< where it starts
  std::size_t half;    ///< the first value that is not below the half: from there on growth slows down
  double growth_fold;  ///< the largest value over the first
};

Rise rise_of(const std::vector<Recorded>& values) {
  const auto largest = std::ranges::max_element(values, {}, &Recorded::value);
  auto half = static_cast<std::size_t>(largest - values.begin());
  while (half > 0 && values[half - 1].value >= 0.5 * largest->value) --half;
  std::size_t begin = half;
  while (begin > 0 && values[begin - 1].value < values[begin].value) --begin;
  return {begin, half, largest->value / values[begin].value};
}

void append(Points& points, const Points& more) {
  points.x.insert(points.x.end(), more.x.begin(), more.x.end());
  points.y.insert(points.y.end(), more.y.begin(), more.y.end());
}

Rates rates_of(const Run& run) {
  Rates rates;
  const auto records = recorded(run);
  for (std::size_t component = 0; component < kComponents; ++component) {
    const std::vector<Recorded> values = values_over_epochs(records, component);
    if (values.size() < 2) continue;
    const Rise rise = rise_of(values);
    for (std::size_t i = 1; i < values.size(); ++i) {
      const double before = values[i - 1].value, after = values[i].value;
      if (before == after) continue;
      const bool counts = rise.growth_fold >= kLeastGrowthFold && i > rise.begin && i < rise.half;
      Points& points = counts ? rates.fitted : after > before ? rates.growing : rates.shrinking;
      points.x.push_back(std::sqrt(before * after));
      points.y.push_back(std::abs(after - before) / (values[i].epoch - values[i - 1].epoch));
    }
  }
  if (rates.fitted.x.size() < kFewestFitted) append(rates.growing, std::exchange(rates.fitted, {}));
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
  if (run.linear_layers() == 0 || rates.fitted.x.size() + rates.growing.x.size() < 2) return panel;
  constexpr int kFilled = 7, kHollow = 6, kCross = 2, kOfLaw = 2, kGrey = 7;
  const int own = colour == 0 || colour == kOfLaw || colour == kGrey ? 1 : colour;
  add_points("shrinking", kGrey, rates.shrinking, kCross, panel);
  add_points("growing, not fitted", own, rates.growing, kHollow, panel);
  add_points("growing, fitted", own, rates.fitted, kFilled, panel);
  if (rates.fitted.x.empty()) return panel;
  const PowerLaw law = through(rates.fitted, 2 - 2 / static_cast<double>(run.linear_layers())), fit = fitted(rates.fitted);
  add_line(fmt::format("law: power 2 - 2/{} = {:.3g}", run.linear_layers(), law.power), kOfLaw, rates.fitted, law, panel);
  if (std::isfinite(fit.power) && std::isfinite(fit.constant))
    add_line(fmt::format("measured: power {:.3g}, {} points", fit.power, rates.fitted.x.size()), own, rates.fitted, fit, panel);
  return panel;
}

}  // namespace irmae::analysis
