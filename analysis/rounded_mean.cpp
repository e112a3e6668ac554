// SPDX-License-Identifier: MIT
#include "analysis/rounded_mean.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace irmae::analysis {

namespace {

/// Equal values need not have a deviation of 0: their mean is rounded.
constexpr double kRounding = 1e-12;

/// A number's first significant digit, and the power of ten of its place.
struct Leading {
  int digit, place;
};

/// After rounding to so many decimals in scientific notation.
Leading leading(double value, int decimals) {
  const std::string text = fmt::format("{:.{}e}", value, decimals);
  return {text.front() - '0', std::stoi(text.substr(text.find('e') + 1))};
}

}  // namespace

std::optional<RoundedMean> rounded(const Mean& mean) {
  if (!std::isfinite(mean.value) || !std::isnormal(mean.deviation) || mean.deviation <= kRounding * std::abs(mean.value))
    return std::nullopt;
  constexpr int kEnough = 6;
  const Leading first = leading(mean.deviation, kEnough);
  const int last = first.digit == 1 ? first.place - 1 : first.place;
  // Rounding may take the larger one to the next power of ten.
  const double larger = std::max(std::abs(mean.value), mean.deviation);
  const int magnitude = leading(larger, leading(larger, kEnough).place - last).place;
  const int exponent = magnitude < -4 || magnitude > 3 ? magnitude : 0;
  const auto digits = [&](double value) {
    const double units = std::round(value * std::pow(10, -last));
    // What rounds to -0 is 0.
    return fmt::format("{:.{}f}", units * std::pow(10, last - exponent) + 0.0, std::max(0, exponent - last));
  };
  return RoundedMean{digits(mean.value), digits(mean.deviation), exponent};
}

std::string to_text(const RoundedMean& mean) {
  const std::string both = mean.mean + " ± " + mean.deviation;
  return mean.exponent == 0 ? both : fmt::format("({})e{:+03d}", both, mean.exponent);
}

std::string to_latex(const RoundedMean& mean) {
  const std::string both = mean.mean + " \\pm " + mean.deviation;
  return mean.exponent == 0 ? "$" + both + "$" : fmt::format("$({}) \\times 10^{{{}}}$", both, mean.exponent);
}

}  // namespace irmae::analysis
