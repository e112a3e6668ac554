// SPDX-License-Identifier: MIT
#include "framework/training/runs/heartbeat.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "framework/training/steps_of_epoch.h"
#include "storage/system/environment.h"
#include "storage/system/host_name.h"
#include "storage/system/process_space.h"
#include "storage/text/first_line.h"

namespace irmae::training {

namespace {

/// As squeue names it.
std::string slurm_job() {
  const std::string array = storage::environment_variable("SLURM_ARRAY_JOB_ID"),
                    task = storage::environment_variable("SLURM_ARRAY_TASK_ID");
  return array.empty() || task.empty() ? storage::environment_variable("SLURM_JOB_ID") : array + "_" + task;
}

}  // namespace

Heartbeat::Heartbeat(std::filesystem::path folder, const Work& work, int ranks, std::chrono::milliseconds beat)
    : folder_(std::move(folder)), work_(work), beat_(beat) {
  state_.phase = storage::CellPhase::running;
  state_.epochs = work.epochs;
  state_.steps = steps_of_epoch(work.batch, work.train_size);
  state_.ranks = ranks;
  state_.host = storage::host_name();
  state_.process = getpid();
  state_.process_space = storage::process_space();
  state_.job = slurm_job();
  take_over_progress();
  write(now());
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    // No thread to be had: the state is written at the start and at the end only.
  }
}

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

/// Until the checkpoint is read, and where that never happens, the cell has come as far as it had before. Who holds the
/// folder's lock knows of a "running" that was left there that nothing runs any more.
void Heartbeat::take_over_progress() {
  try {
    const auto before = storage::read_state(folder_);
    if (!before) return;
    if (before->phase == storage::CellPhase::running) state_.deaths = before->deaths + 1;
    if (before->epochs != work_.epochs) return;
    state_.epoch = before->epoch;
    state_.step = before->step;
  } catch (const std::exception&) {
    // Nobody knows: from the beginning.
  }
}

/// Another rank of the cell has left its last word since, and all are about to end. Its last word names this process as theirs.
bool Heartbeat::failed_elsewhere() const {
  if (state_.ranks == 1) return false;
  const auto said = storage::read_state(folder_);
  return said && said->phase == storage::CellPhase::failed && said->process == state_.process && said->host == state_.host;
}

void Heartbeat::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, beat_, [&] { return ended_; })) {
    const storage::CellState state = now();
    lock.unlock();  // a slow file system must not hold up a step
    if (!failed_elsewhere()) write(state);
    lock.lock();
  }
}

void Heartbeat::starts(std::int64_t epoch, std::int64_t step) {
  const std::lock_guard lock(mutex_);
  state_.epoch = epoch;
  state_.step = step;
  trained_before_ = trained();
  start_ = last_step_ = Clock::now();
}

void Heartbeat::step_done(std::int64_t step) {
  const Clock::time_point time = Clock::now();
  const std::lock_guard lock(mutex_);
  state_.step = step;
  last_step_ = time;
}

void Heartbeat::epoch_done(std::int64_t epoch) {
  const std::lock_guard lock(mutex_);
  state_.epoch = epoch;
  state_.step = 0;
}

double Heartbeat::trained() const {
  return static_cast<double>(state_.epoch * work_.train_size + std::min(state_.step * work_.batch, work_.train_size));
}

storage::CellState Heartbeat::now() const {
  storage::CellState state = state_;
  // Up to the last step: the evaluations that follow do not slow the training down.
  const double seconds = std::chrono::duration<double>(last_step_ - start_).count();
  if (seconds > 0) state.samples_per_second = (trained() - trained_before_) / seconds;
  const double left = static_cast<double>(work_.epochs * work_.train_size) - trained();
  if (state.samples_per_second > 0) state.seconds_left = std::max(left, 0.0) / state.samples_per_second;
  state.seconds_since_step = std::chrono::duration<double>(Clock::now() - last_step_).count();
  state.updated = std::time(nullptr);
  return state;
}

void Heartbeat::write(const storage::CellState& state) const {
  try {
    storage::write_state(folder_, state);
  } catch (const std::exception&) {
    // Whoever looks sees an older state; the training goes on, or its own error is the one to be told.
  }
}

void Heartbeat::ends(storage::CellPhase phase, const std::string& error) {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    state_.phase = phase;
    state_.error = storage::first_line(error);
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  write(now());
}

void Heartbeat::completes(double wall_seconds) {
  {
    const std::lock_guard lock(mutex_);
    state_.wall_seconds = wall_seconds;
  }
  ends(storage::CellPhase::complete);
}

}  // namespace irmae::training
