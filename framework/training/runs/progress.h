// SPDX-License-Identifier: MIT
// How one cell comes along, as lines of text for whoever shows them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "framework/manifest/cell.h"
#include "storage/record.h"

namespace irmae::training {

/// Where the lines about a cell go.
struct Outlets {
  std::function<void(const std::string&, double)> live = [](auto&, auto) {};  ///< for now, and samples trained since the last
  std::function<void(const std::string&)> say = [](auto&) {};                 ///< a line that stays
  std::function<void(double)> trained_before = [](auto) {};                   ///< samples that an earlier session has trained
  std::function<void(const std::string&)> ends = [](auto&) {};                ///< how the cell ended
};

/// How one cell comes along, told to its outlets. Used on rank 0 of a cell's ranks only.
class Progress {
 public:
  Progress(const manifest::Cell& cell, Outlets outlets);

  /// Says that training starts. `finished_epochs`, and `finished_steps` of the epoch that goes on; `steps`: of an epoch;
  /// `train_size`: samples of an epoch.
  void starts(std::int64_t train_size, std::int64_t finished_epochs, std::int64_t finished_steps, std::int64_t steps);
  void step_done(std::int64_t step, std::int64_t steps, double loss);
  void epoch_done(const storage::EpochRecord& record);
  /// Says what is measured on the trained model now.
  void evaluating(const std::string& name);
  void say(const std::string& text) { outlets_.say(text); }
  void ends(const std::string& outcome);

 private:
  using Clock = std::chrono::steady_clock;
  bool due();
  void flush(const std::string& text);

  Outlets outlets_;
  std::int64_t epochs_, epoch_ = 0, train_size_ = 0, last_step_ = 0;
  double trained_ = 0, told_ = 0;  ///< samples since the start; of these, told to the outlet
  Clock::time_point start_ = Clock::now(), shown_{};
};

}  // namespace irmae::training
