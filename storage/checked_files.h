// SPDX-License-Identifier: MIT
// Files as they were when they were found good: a command may open the same one several times.
#pragma once

#include <sys/stat.h>

#include <ctime>
#include <filesystem>
#include <map>
#include <mutex>
#include <tuple>

namespace irmae::storage {

/// Files that were found good, by what the system says of them. May be used by several threads.
class CheckedFiles {
 public:
  using State = std::tuple<dev_t, ino_t, off_t, time_t, long>;

  /// What the system says of a file now: another one where it has been written since. Zeros where it is not there.
  static State state_of(const std::filesystem::path& path) {
    struct stat now {};
    if (stat(path.c_str(), &now) != 0) return {};
    return {now.st_dev, now.st_ino, now.st_size, now.st_mtim.tv_sec, now.st_mtim.tv_nsec};
  }
  /// Whether the file was found good in this state.
  bool has(const std::filesystem::path& path, const State& state) {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(path);
    return found != files_.end() && found->second == state;
  }
  /// Keeps that the file was found good in this state, unless it was written less than two seconds ago.
  void add(const std::filesystem::path& path, const State& state) {
    // What was written a moment ago may be written again without another time: file systems count in milliseconds.
    if (time(nullptr) - std::get<3>(state) < 2) return;
    const std::lock_guard lock(mutex_);
    files_[path] = state;
  }

 private:
  std::mutex mutex_;
  std::map<std::filesystem::path, State> files_;
};

}  // namespace irmae::storage
