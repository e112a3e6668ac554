// SPDX-License-Identifier: MIT
// A job's time limit as sbatch takes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace irmae::slurm {

/// What seconds_of() gives for a job without a time limit.
inline constexpr std::int64_t kUnlimited = -1;

/// The seconds of a time limit that is written as minutes, minutes:seconds, hours:minutes:seconds, days-hours,
/// days-hours:minutes or days-hours:minutes:seconds. kUnlimited for UNLIMITED, INFINITE, -1 and 0. Nothing for any other text.
std::optional<std::int64_t> seconds_of(const std::string& time);

/// Throws UsageError for a text that is no time limit, or for one that ends about when a task is asked to stop,
/// `signal_seconds` before its end: it would be started again and again and never train. An empty one is the site's default,
/// which is not known.
void check_time(const std::string& time, int signal_seconds);

}  // namespace irmae::slurm
