// SPDX-License-Identifier: MIT
#include "framework/training/runs/progress.h"

#include <fmt/format.h>

#include <algorithm>

namespace irmae::training {

Progress::Progress(const manifest::Cell& cell, Outlets outlets)
    : outlets_(std::move(outlets)), epochs_(cell.integer("train.epochs")) {}

void Progress::starts(std::int64_t train_size, std::int64_t finished_epochs, std::int64_t finished_steps, std::int64_t steps) {
  epoch_ = finished_epochs;
  train_size_ = train_size;
  last_step_ = finished_steps;
  start_ = Clock::now();
  const double finished = static_cast<double>(finished_epochs) +
                          static_cast<double>(finished_steps) / static_cast<double>(std::max<std::int64_t>(steps, 1));
  if (finished > 0) outlets_.trained_before(static_cast<double>(train_size) * finished);
}

/// A look at the clock each step, a line now and then: the outlet may be another host's.
bool Progress::due() { return std::chrono::duration<double>(Clock::now() - shown_).count() >= 1; }

void Progress::flush(const std::string& text) {
  outlets_.live(text, trained_ - told_);
  told_ = trained_;
  shown_ = Clock::now();
}

void Progress::step_done(std::int64_t step, std::int64_t steps, double loss) {
  trained_ += static_cast<double>(train_size_) * static_cast<double>(step - last_step_) /
              static_cast<double>(std::max<std::int64_t>(steps, 1));
  last_step_ = step;
  if (!due()) return;
  const std::chrono::duration<double> spent = Clock::now() - start_;
  flush(fmt::format("epoch {}/{}, step {}/{}, loss {:.5f}, {:.0f} samples/s", epoch_ + 1, epochs_, step, steps, loss,
                    trained_ / std::max(spent.count(), 1e-9)));
}

void Progress::epoch_done(const storage::EpochRecord& record) {
  epoch_ = record.epoch;
  last_step_ = 0;
}

void Progress::evaluating(const std::string& name) {
  if (due()) flush("evaluation: " + name);
}

void Progress::ends(const std::string& outcome) {
  flush("");
  outlets_.ends(outcome);
}

}  // namespace irmae::training
