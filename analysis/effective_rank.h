// SPDX-License-Identifier: MIT
// How many dimensions a code uses. The numerical matrix rank says nothing here (every model has nearly full rank), so
// several measures stand side by side. Each takes the singular values of the code's covariance, sorted from large to small.
#pragma once

#include <vector>

namespace irmae::analysis {

struct EffectiveRanks {
  double entropy;              ///< exp of the entropy of s / sum s (Roy and Vetterli 2007), 1..n
  double participation_ratio;  ///< (sum s)^2 / sum s^2, 1..n
  long count_1e_2;             ///< values above 1e-2 of the largest
  long count_1e_3;             ///< values above 1e-3 of the largest
  long variance_99;            ///< components that together hold 99 % of the variance
};

/// The measures of singular values [n], sorted from large to small; all are 0 where there is none above 0.
EffectiveRanks effective_ranks(const std::vector<double>& spectrum);

}  // namespace irmae::analysis
