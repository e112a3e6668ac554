// SPDX-License-Identifier: MIT
#include "launchers/slurm/job_time.h"

#include <fmt/format.h>

#include <algorithm>

#include "framework/duration.h"
#include "storage/error.h"
#include "storage/text/number_in.h"

namespace irmae::slurm {

namespace {

/// Slurm sends the signal up to so long before it is due, and the program takes some seconds to start.
constexpr std::int64_t kEarlySeconds = 30;

}  // namespace

std::optional<std::int64_t> seconds_of(const std::string& time) {
  std::string word = time;
  std::transform(word.begin(), word.end(), word.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; });
  if (word == "UNLIMITED" || word == "INFINITE" || word == "-1") return kUnlimited;
  const std::size_t dash = word.find('-');
  const bool with_days = dash != std::string::npos;
  const auto days = with_days ? storage::number_in<std::uint32_t>(std::string_view(word).substr(0, dash)) : 0;
  // None of them so large that a product could overflow.
  const auto parts = storage::numbers_in<std::uint32_t>(std::string_view(word).substr(with_days ? dash + 1 : 0), ':');
  if (!days || !parts || parts->size() > 3) return std::nullopt;
  // Behind days the first one is hours; otherwise one or two are minutes, and seconds.
  const std::size_t first = with_days || parts->size() == 3 ? 0 : 1;
  constexpr std::int64_t kUnit[] = {3600, 60, 1};
  std::int64_t seconds = std::int64_t{*days} * 86400;
  for (std::size_t i = 0; i < parts->size(); ++i) seconds += (*parts)[i] * kUnit[first + i];
  return seconds == 0 ? kUnlimited : seconds;
}

void check_time(const std::string& time, int signal_seconds) {
  if (time.empty()) return;
  const auto seconds = seconds_of(time);
  if (!seconds)
    throw UsageError(
        fmt::format("--time '{}' is no time limit: minutes, minutes:seconds, hours:minutes:seconds, days-hours, "
                    "days-hours:minutes or days-hours:minutes:seconds, such as 4:00:00",
                    time));
  if (*seconds == kUnlimited || *seconds > signal_seconds + kEarlySeconds) return;
  throw UsageError(
      fmt::format("--time {} is {}, and a task is asked to stop {} before that (--signal-seconds), which may come {} earlier: "
                  "no time is left to train; take a --time of more than {}, or fewer --signal-seconds",
                  time, duration(static_cast<double>(*seconds)), duration(signal_seconds),
                  duration(static_cast<double>(kEarlySeconds)), duration(static_cast<double>(signal_seconds + kEarlySeconds))));
}

}  // namespace irmae::slurm
