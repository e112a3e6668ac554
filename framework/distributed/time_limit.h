// SPDX-License-Identifier: MIT
// Time limits for calls that cannot be given one and cannot be interrupted, such as MPI_Finalize: the process ends instead.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace irmae::distributed {

/// Time that counts against a limit: that of a process that was stopped (SIGSTOP, a suspended job) does not, or every rank
/// of a job would give up when it is continued.
class TimeLimit {
 public:
  explicit TimeLimit(std::chrono::milliseconds limit) : left_(limit) {}
  /// Spends the time since the last call, at most a second of it. False when nothing is left.
  bool lasts();

 private:
  std::chrono::milliseconds left_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// Calls `look` ten times a second from a thread of its own as long as this object lives. `look` ends the process when it
/// has seen enough.
class PollingThread {
 public:
  explicit PollingThread(std::function<void()> look);
  ~PollingThread();
  PollingThread(const PollingThread&) = delete;

 private:
  void watch();

  std::function<void()> look_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_;
};

/// Ends this process with `status` after `limit`, whatever it does: for the way out itself.
void end_process_after(std::chrono::milliseconds limit, int status);

}  // namespace irmae::distributed
