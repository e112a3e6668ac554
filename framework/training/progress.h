// SPDX-License-Identifier: MIT
// What a user sees while a grid is trained: a live line on a terminal, plain lines now and then elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "framework/duration.h"
#include "framework/manifest/cell.h"
#include "storage/record.h"

namespace irmae::training {

/// Progress over all cells of a plan. Used on rank 0 only.
class Progress {
 public:
  /// `samples`: training samples (with repetition) of all cells that are still to be trained.
  Progress(std::size_t cells, double samples, bool quiet);

  void cell_starts(const manifest::Cell& cell, std::int64_t train_size, std::int64_t finished_epochs);
  void step_done(std::int64_t step, std::int64_t steps, double loss);
  void epoch_done(const storage::EpochRecord& record);
  /// What is measured on the trained model now.
  void evaluating(const std::string& name);
  /// A line of its own, also when quiet.
  void say(const std::string& text);
  void cell_ends(const std::string& outcome);
  /// A cell that cannot be trained.
  void leave_out(const manifest::Cell& cell, const std::string& reason);
  /// A cell that was complete before.
  void skip(const manifest::Cell& cell, double samples);

 private:
  using Clock = std::chrono::steady_clock;
  void show(const std::string& text, bool lasting);

  std::size_t cells_, current_ = 0;
  double left_;           ///< samples still to be trained, all cells
  double trained_ = 0;    ///< samples trained since start_
  bool quiet_, terminal_, line_open_ = false;
  std::string name_;
  std::int64_t epochs_ = 0, epoch_ = 0, train_size_ = 0, last_step_ = 0;
  Clock::time_point start_ = Clock::now(), shown_{};
};

}  // namespace irmae::training
