// SPDX-License-Identifier: MIT
#include "analysis/drawing/why_no_figure.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "analysis/table.h"

namespace irmae::analysis {

namespace {

constexpr std::size_t kMostReasons = 3;

}  // namespace

std::string why_no_figure(const PlotKind& kind, const std::vector<Run>& runs) {
  std::vector<std::string> reasons;
  for (const Run& run : runs) {
    const std::string why = kind.why_not ? kind.why_not(run) : "";
    if (!why.empty() && std::ranges::find(reasons, why) == reasons.end()) reasons.push_back(why);
  }
  if (reasons.empty()) return "none is finished, or [evaluate] left it out";
  if (reasons.size() > kMostReasons) {
    reasons.resize(kMostReasons);
    reasons.emplace_back("and others");
  }
  return fmt::format("{}", fmt::join(reasons, "; "));
}

std::string why_no_spectrum(const Run& run) {
  if (!run.complete) return kNotFinished;
  return !run.spectrum.empty() && !(run.spectrum.front() > 0) ? "all codes are the same, so that their covariance is 0" : "";
}

}  // namespace irmae::analysis
