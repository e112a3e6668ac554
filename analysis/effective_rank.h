// SPDX-License-Identifier: MIT
// How many dimensions a code uses. The numerical matrix rank says nothing here (every model has nearly full rank), so
// several measures stand side by side. Each takes the singular values of the code's covariance, sorted from large to small.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace irmae::analysis {

struct EffectiveRanks {
  double entropy;              ///< exp of the entropy of s / sum s (Roy and Vetterli 2007), 1..n
  double participation_ratio;  ///< (sum s)^2 / sum s^2, 1..n
  long count_1e_2;             ///< values above 1e-2 of the largest
  long count_1e_3;             ///< values above 1e-3 of the largest
  long variance_99;            ///< components that together hold 99 % of the variance
};

/// The measures of singular values [n], sorted from large to small. Nothing where none of them is above 0, as where all codes
/// are the same: shares of no variance have no values, and 0 would count in means.
std::optional<EffectiveRanks> effective_ranks(const std::vector<double>& spectrum);

/// The entropy rank alone, for figures; nothing where effective_ranks has nothing.
std::optional<double> entropy_rank(const std::vector<double>& spectrum);

/// Where a spectrum falls most from one value to the next.
struct Drop {
  long after = 0;     ///< values before it
  double factor = 1;  ///< how many times as large the last of them is as the next value
};

/// Smaller shares of the largest value count as this one in largest_drop: where directions die out one by one, the largest
/// ratio of all may lie anywhere among values that say nothing of the data.
inline constexpr double kLeastOfDrop = 1e-4;

/// The largest drop of singular values [n], sorted from large to small, that are of so many `codes` (0: not known). The more of
/// them there are for the codes, the smaller are the last ones for that reason alone: no more than half as many as codes are
/// looked at. Without a drop, as where there are fewer than two values above 0, `after` is 0.
Drop largest_drop(const std::vector<double>& spectrum, std::int64_t codes);

}  // namespace irmae::analysis
