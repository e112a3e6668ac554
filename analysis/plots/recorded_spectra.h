// SPDX-License-Identifier: MIT
// What figures of singular values have in common: how many and how small ones they show, and which epochs recorded any.
#pragma once

#include <cstddef>
#include <vector>

#include "analysis/run_set.h"

namespace irmae::analysis {

/// How many of the singular values, from the largest, have a curve over training.
inline constexpr std::size_t kComponents = 12;

/// Where a logarithmic axis of values that are divided by the largest begins.
inline constexpr double kLeastShown = 1e-8;

/// What is drawn in place of smaller values, as zero has no logarithm: far enough below what is shown for a curve to leave the
/// picture.
inline constexpr double kFloor = 1e-16;

/// The epochs of a run that recorded this spectrum, in their order, but those in which all of its values are 0.
inline std::vector<const storage::EpochRecord*> recorded(const Run& run, std::vector<double> storage::EpochRecord::*spectrum) {
  std::vector<const storage::EpochRecord*> records;
  for (const storage::EpochRecord& record : *run.history)
    if (const std::vector<double>& values = record.*spectrum; !values.empty() && values.front() > 0) records.push_back(&record);
  return records;
}

}  // namespace irmae::analysis
