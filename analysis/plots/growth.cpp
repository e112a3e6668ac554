// SPDX-License-Identifier: MIT
#include "analysis/plots/growth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "analysis/plots/recorded_spectra.h"
#include "framework/counted.h"

namespace irmae::analysis {

namespace {

constexpr double kLeastGrowthFold = 10;   ///< of a component, for its growth to say anything about a power of its size
constexpr std::size_t kFewestFitted = 5;  ///< points that a power is told from

constexpr Spectrum kOfProduct = &storage::EpochRecord::product_spectrum;

struct Points {
  std::vector<double> x, y;
};

void append(Points& points, const Points& more) {
  points.x.insert(points.x.end(), more.x.begin(), more.x.end());
  points.y.insert(points.y.end(), more.y.begin(), more.y.end());
}

/// Size (the geometric mean of an interval's ends) and change in an epoch, for each recorded interval and component.
struct Rates {
  std::vector<Points> fitted;  ///< of each component's rise through a decade, before it slows down; two or more of each
  Points growing;              ///< all other growth
  Points shrinking;

  Points all_fitted() const {
    Points all;
    for (const Points& component : fitted) append(all, component);
    return all;
  }
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

Rates rates_of(const Run& run) {
  Rates rates;
  const auto records = recorded(run, kOfProduct);
  for (std::size_t component = 0; component < kComponents; ++component) {
    const std::vector<Recorded> values = values_over_epochs(records, component);
    if (values.size() < 2) continue;
    const Rise rise = rise_of(values);
    Points fitted;
    for (std::size_t i = 1; i < values.size(); ++i) {
      const double before = values[i - 1].value, after = values[i].value;
      if (before == after) continue;
      const bool counts = rise.growth_fold >= kLeastGrowthFold && i > rise.begin && i < rise.half;
      Points& points = counts ? fitted : after > before ? rates.growing : rates.shrinking;
      points.x.push_back(std::sqrt(before * after));
      points.y.push_back(std::abs(after - before) / (values[i].epoch - values[i - 1].epoch));
    }
    // A single point has no slope.
    if (fitted.x.size() > 1)
      rates.fitted.push_back(std::move(fitted));
    else
      append(rates.growing, fitted);
  }
  if (const Points all = rates.all_fitted(); all.x.size() < kFewestFitted) {
    append(rates.growing, all);
    rates.fitted.clear();
  }
  return rates;
}

double mean_log(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += std::log(value);
  return sum / static_cast<double>(values.size());
}

/// The power of y = constant x^power that all components share, each with a constant of its own: least squares of the
/// logarithms about each component's own means.
double common_power(const std::vector<Points>& components) {
  double xx = 0, xy = 0;
  for (const Points& points : components) {
    const double x = mean_log(points.x), y = mean_log(points.y);
    for (std::size_t i = 0; i < points.x.size(); ++i) {
      const double from_middle = std::log(points.x[i]) - x;
      xx += from_middle * from_middle;
      xy += from_middle * (std::log(points.y[i]) - y);
    }
  }
  return xy / xx;
}

void add_points(const char* label, int colour, const Points& points, int symbol, Panel& panel) {
  if (!points.x.empty()) panel.series.push_back({label, colour, points.x, points.y, {}, {}, true, false, symbol});
}

/// A line of this power over the range of the points, through their geometric means.
void add_line(const std::string& label, int colour, const Points& points, double power, Panel& panel) {
  const auto [least, most] = std::minmax_element(points.x.begin(), points.x.end());
  const double x = mean_log(points.x), y = mean_log(points.y);
  const auto at = [&](double size) { return std::exp(y + power * (std::log(size) - x)); };
  panel.series.push_back({label, colour, {*least, *most}, {at(*least), at(*most)}, {}, {}, false, true});
}

}  // namespace

Panel product_values(const Run& run, const std::string& label, int colour) {
  Panel panel{.title = {}, .x_label = "epoch", .y_label = "singular values", .logarithmic = true};
  panel.series = leading_values(run, kOfProduct, colour, [](const std::vector<double>& spectrum, std::size_t i) {
    return spectrum[i] > 0 ? std::optional(spectrum[i]) : std::nullopt;
  });
  panel.title = fmt::format("Product W_l ... W_1: {}\n{}", counted(panel.series.size(), "leading value"), label);
  return panel;
}

Panel growth_law(const Run& run, const std::string& label, int colour) {
  Panel panel{.title = fmt::format("Growth of the product's singular values\n{}", label),
              .x_label = "singular value",
              .y_label = "|change| in an epoch",
              .logarithmic = true,
              .x_logarithmic = true,
              .key = Key::below};
  const Rates rates = rates_of(run);
  const Points fitted = rates.all_fitted();
  // A product of none is a projection.
  if (run.linear_layers() == 0 || fitted.x.size() + rates.growing.x.size() < 2) return panel;
  constexpr int kFilled = 7, kHollow = 6, kCross = 2;
  const int of_law = colour == 0 ? 2 : 0;
  add_points("shrinking", kGrey, rates.shrinking, kCross, panel);
  add_points("growing, not fitted", colour, rates.growing, kHollow, panel);
  add_points("growing, fitted", colour, fitted, kFilled, panel);
  const double law = 2 - 2 / static_cast<double>(run.linear_layers());
  const std::string law_label = fmt::format("law: power 2 - 2/{} = {:.3g}", run.linear_layers(), law);
  if (fitted.x.empty()) {
    add_line(law_label + " (nothing to fit)", of_law, rates.growing, law, panel);
    return panel;
  }
  const double measured = common_power(rates.fitted);
  add_line(law_label, of_law, fitted, law, panel);
  add_line(
      fmt::format("measured: power {:.3g}, {} points of {}", measured, fitted.x.size(), counted(rates.fitted.size(), "value")),
      colour, fitted, measured, panel);
  return panel;
}

}  // namespace irmae::analysis
