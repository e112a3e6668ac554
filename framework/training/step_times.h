// SPDX-License-Identifier: MIT
// Where the time of an epoch's steps goes, on this rank.
#pragma once

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string>

namespace irmae::training {

class StepTimes {
 public:
  enum Part { data, forward, backward, reduction, update, device, rest };

  /// Counts the time since the last call, or since the object was made, as spent on this part.
  void spent_on(Part part) {
    const auto now = Clock::now();
    seconds_[part] += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }

  /// The shares of all time counted: "data 1.2 %, forward 31.0 %, ...". `reduction` is what was waited for all-reduces behind
  /// the backward pass, `rest` is logging and whatever else is done between two steps.
  std::string text() const {
    constexpr std::array<const char*, 7> names{"data",   "forward",         "backward", "all-reduce wait",
                                               "update", "blocks of steps", "rest"};
    double sum = 0;
    for (const double seconds : seconds_) sum += seconds;
    std::string line;
    for (std::size_t i = 0; i < names.size(); ++i)
      if (seconds_[i] > 0) line += fmt::format("{}{} {:.1f} %", line.empty() ? "" : ", ", names[i], 100 * seconds_[i] / sum);
    return line;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
  std::array<double, 7> seconds_{};
};

}  // namespace irmae::training
