// SPDX-License-Identifier: MIT
// Mean and standard deviation of a few runs.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

namespace irmae::analysis {

struct Mean {
  double value = std::numeric_limits<double>::quiet_NaN();      ///< NaN of no values
  double deviation = std::numeric_limits<double>::quiet_NaN();  ///< of the sample (divisor n - 1); NaN below two values
};

/// Mean and standard deviation of these values.
inline Mean mean_of(const std::vector<double>& values) {
  Mean mean;
  if (values.empty()) return mean;
  const auto n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  mean.value = sum / n;
  for (const double value : values) squares += std::pow(value - mean.value, 2);
  if (values.size() > 1) mean.deviation = std::sqrt(squares / (n - 1));
  return mean;
}

}  // namespace irmae::analysis
