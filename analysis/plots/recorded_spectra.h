// SPDX-License-Identifier: MIT
// What figures of singular values have in common: how many and how small ones they show, which epochs recorded any, and their
// curves over training.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "analysis/drawing/figure.h"
#include "analysis/run_set.h"

namespace irmae::analysis {

/// How many of the singular values, from the largest, have a curve over training.
inline constexpr std::size_t kComponents = 12;

/// Where a logarithmic axis of values that are divided by the largest begins.
inline constexpr double kLeastShown = 1e-8;

/// What is drawn in place of smaller values, as zero has no logarithm: far enough below what is shown for a curve to leave the
/// picture.
inline constexpr double kFloor = 1e-16;

using Spectrum = std::vector<double> storage::EpochRecord::*;

/// The epochs of a run that recorded this spectrum, in their order, but those in which all of its values are 0.
inline std::vector<const storage::EpochRecord*> recorded(const Run& run, Spectrum spectrum) {
  std::vector<const storage::EpochRecord*> records;
  for (const storage::EpochRecord& record : *run.history)
    if (const std::vector<double>& values = record.*spectrum; !values.empty() && values.front() > 0) records.push_back(&record);
  return records;
}

/// The curves of a run's leading singular values over the epochs that recorded them. `height`: that of one (by its index) of an
/// epoch's values; nothing ends its curve.
template <class Height>
std::vector<Series> leading_values(const Run& run, Spectrum spectrum, int colour, const Height& height) {
  const auto records = recorded(run, spectrum);
  std::vector<Series> all;
  for (std::size_t component = 0; component < kComponents; ++component) {
    Series series{"", colour, {}, {}, {}, {}};
    for (const auto* record : records) {
      const std::vector<double>& values = record->*spectrum;
      const std::optional<double> y = component < values.size() ? height(values, component) : std::nullopt;
      if (!y) break;
      series.x.push_back(static_cast<double>(record->epoch));
      series.y.push_back(*y);
    }
    if (!series.x.empty()) all.push_back(std::move(series));
  }
  return all;
}

}  // namespace irmae::analysis
