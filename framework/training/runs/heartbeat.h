// SPDX-License-Identifier: MIT
// state.toml of a cell while it is trained. A thread of its own renews it, so that a long evaluation does not look
// dead, and a process that is killed or suspended does. That thread writes this one small file and calls neither MPI
// nor HDF5. Where the training hangs it lives on: for that the file says how long ago the last step was.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

#include "storage/cell_state.h"

namespace irmae::training {

/// The heartbeat of a cell, for rank 0, which holds the folder's lock for as long as this lives. Nothing here throws: a state
/// that cannot be written (a full disk) must not end the training, nor hide the error that does.
class Heartbeat {
 public:
  /// The work of the whole cell: epochs, and samples of the training set and of a batch.
  struct Work {
    std::int64_t epochs, train_size, batch;
  };

  /// Says at once that the cell is running.
  Heartbeat(std::filesystem::path folder, const Work& work, int ranks, std::chrono::milliseconds beat = storage::kBeat);
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  /// Says that training starts here: what was done before does not count in the rate.
  void starts(std::int64_t epoch, std::int64_t step);
  /// Says how many steps of the current epoch are finished. Takes a lock that is nearly always free and reads a clock.
  void step_done(std::int64_t step);
  void epoch_done(std::int64_t epoch);

  /// Writes the last word of a cell that is not complete: stopped, or failed with the error's first line.
  void ends(storage::CellPhase phase, const std::string& error = "");
  /// Writes the last word of a complete cell. `wall_seconds`: of all its sessions.
  void completes(double wall_seconds);

 private:
  using Clock = std::chrono::steady_clock;

  void take_over_progress();
  bool failed_elsewhere() const;
  void run();
  double trained() const;  ///< samples up to here, of all sessions
  storage::CellState now() const;
  void write(const storage::CellState& state) const;

  const std::filesystem::path folder_;
  const Work work_;
  const std::chrono::milliseconds beat_;

  std::mutex mutex_;  ///< of all that follows
  std::condition_variable wake_;
  bool ended_ = false;
  storage::CellState state_;
  double trained_before_ = 0;
  Clock::time_point start_ = Clock::now(), last_step_ = start_;

  std::thread thread_;
};

}  // namespace irmae::training
