// SPDX-License-Identifier: MIT
// A mean with its standard deviation as people write it: 4.11 ± 0.04.
#pragma once

#include <optional>
#include <string>

#include "analysis/mean.h"

namespace irmae::analysis {

/// The digits of a mean and of its deviation, both down to the same decimal place and times the same power of ten.
struct RoundedMean {
  std::string mean, deviation;
  int exponent = 0;  ///< of that power
};

/// A mean as far as its deviation leaves it known. The deviation has one significant digit, or two where the first is a 1,
/// which a rounding could change by half; the mean ends at the same place. Where the larger of the two would be in scientific
/// notation by itself, with four significant digits, both are. Nothing where there is no deviation to write: of one value, 0,
/// or no more than what the mean's own rounding leaves.
std::optional<RoundedMean> rounded(const Mean& mean);

/// A rounded mean as text in UTF-8: "4.11 ± 0.04", "(1.23 ± 0.04)e-05".
std::string to_text(const RoundedMean& mean);

/// A rounded mean in LaTeX: "$4.11 \pm 0.04$", "$(1.23 \pm 0.04) \times 10^{-5}$".
std::string to_latex(const RoundedMean& mean);

}  // namespace irmae::analysis
