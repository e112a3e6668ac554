// SPDX-License-Identifier: MIT
#include "analysis/why_no_figure.h"

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
    const std::string why = kind.why_not ? kind.why_not(run) : run.complete ? "" : kNotFinished;
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

std::string why_no_pictures(const Run& run, const std::string& evaluation) {
  if (!run.complete) return kNotFinished;
  if (const auto shape = run.note("sample_shape")) {
    const std::string text = storage::text_of(*shape), channels = text.substr(0, text.find('x'));
    if (channels == text) return "the data are vectors, not images";
    if (channels != "1" && channels != "3")
      return fmt::format("the images have {} channels, and only those of 1 or 3 can be shown", channels);
  }
  if (evaluation.empty())
    return run.parameter("evaluate.images") == storage::Scalar(std::int64_t{0}) ? "evaluate.images is 0" : "";
  const Value why = why_missing(run, run.evaluation(evaluation));
  const auto* text = std::get_if<std::string>(&why);
  return text ? *text : "";
}

}  // namespace irmae::analysis
