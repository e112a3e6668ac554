// SPDX-License-Identifier: MIT
// A command that is running, with every process that comes of it in sight: mpirun, its daemons and the ranks carry one
// environment variable, by which they are found wherever they went.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace irmae::tests {

/// No step of a test takes nearly as long, also on a busy machine; a run that takes longer hangs.
constexpr std::chrono::seconds kLimit(120);

class LiveRun {
 public:
  /// Starts a shell command; its output goes to the file `log`. `fault` is the value of IRMAE_FAULT, or empty.
  LiveRun(const std::string& command, const std::string& fault, std::filesystem::path log);
  /// Kills what is left.
  ~LiveRun();
  LiveRun(const LiveRun&) = delete;

  /// The process that was started: mpirun, when the command is one of it.
  pid_t launcher() const { return launcher_; }
  /// Waits until rank `rank` has stopped itself (fault mode hang). Nothing when the command ended or time is up.
  std::optional<pid_t> wait_stopped(int rank, std::chrono::seconds limit);
  std::optional<pid_t> rank(int rank) const;
  /// Living processes of this run, without the launcher when it has been waited for.
  std::vector<pid_t> processes() const;
  /// Exit status of the launcher (128 + the signal's number), nothing when it did not end in time.
  std::optional<int> wait(std::chrono::seconds limit);
  /// True when no process is left within this time.
  bool gone(std::chrono::seconds limit);
  /// SIGKILL to every process.
  void kill_all() const;
  std::string output() const;
  /// Command lines of what is left.
  std::string left() const;

 private:
  std::string mark_;
  std::filesystem::path log_;
  pid_t launcher_ = -1;
  std::optional<int> status_;
};

}  // namespace irmae::tests
