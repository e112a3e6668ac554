// SPDX-License-Identifier: MIT
#include "framework/training/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "framework/distributed/mpi_communicator.h"

namespace irmae::training {

Progress::Progress(std::size_t cells, double samples, bool quiet)
    : cells_(cells),
      left_(samples),
      quiet_(quiet),
      // mpirun gives its ranks a terminal of its own making: what it prints may well go to a file.
      terminal_(isatty(STDOUT_FILENO) != 0 && !distributed::MpiSession::launched()) {}

void Progress::show(const std::string& text, bool lasting) {
  if (terminal_) {
    fmt::print("\r{}\033[K{}", text, lasting ? "\n" : "");
    line_open_ = !lasting;
  } else {
    fmt::print("{}\n", text);
  }
  std::fflush(stdout);
  shown_ = Clock::now();
}

void Progress::say(const std::string& text) {
  if (line_open_) fmt::print("\r\033[K");
  line_open_ = false;
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

void Progress::skip(const manifest::Cell& cell, double samples) {
  left_ -= samples;
  ++current_;
  name_ = cell.name;
  cell_ends("complete before");
}

void Progress::leave_out(const manifest::Cell& cell, const std::string& reason) {
  ++current_;
  name_ = cell.name;
  cell_ends("left out: " + reason);
}

void Progress::cell_starts(const manifest::Cell& cell, std::int64_t train_size, std::int64_t finished_epochs) {
  ++current_;
  name_ = cell.name;
  epochs_ = cell.integer("train.epochs");
  epoch_ = finished_epochs;
  train_size_ = train_size;
  last_step_ = 0;
  left_ -= static_cast<double>(train_size) * static_cast<double>(finished_epochs);
}

void Progress::step_done(std::int64_t step, std::int64_t steps, double loss) {
  const double samples = static_cast<double>(train_size_) * static_cast<double>(step - last_step_) /
                         static_cast<double>(std::max<std::int64_t>(steps, 1));
  trained_ += samples;
  left_ -= samples;
  last_step_ = step;
  const std::chrono::duration<double> quiet_for = Clock::now() - shown_;
  if (quiet_ || quiet_for.count() < (terminal_ ? 0.2 : 10.0)) return;
  const std::chrono::duration<double> spent = Clock::now() - start_;
  const double rate = trained_ / std::max(spent.count(), 1e-9);
  show(fmt::format("[{}/{}] {}  epoch {}/{}, step {}/{}, loss {:.5f}, {:.0f} samples/s, {} left", current_, cells_, name_,
                   epoch_ + 1, epochs_, step, steps, loss, rate, duration(left_ / std::max(rate, 1e-9))),
       false);
}

void Progress::epoch_done(const storage::EpochRecord& record) {
  epoch_ = record.epoch;
  last_step_ = 0;
}

void Progress::evaluating(const std::string& name) {
  const std::chrono::duration<double> quiet_for = Clock::now() - shown_;
  if (quiet_ || (!terminal_ && quiet_for.count() < 10)) return;
  show(fmt::format("[{}/{}] {}  evaluation: {}", current_, cells_, name_, name), false);
}

void Progress::cell_ends(const std::string& outcome) {
  if (quiet_) return;
  show(fmt::format("[{}/{}] {}  {}", current_, cells_, name_, outcome), true);
}

}  // namespace irmae::training
