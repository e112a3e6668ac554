// SPDX-License-Identifier: MIT
// Which numbers of processes mean the same here, and whether such a process has ended.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <system_error>

namespace irmae::storage {

/// Where a process's number means the same process as here: this start of this machine's kernel, and in it this namespace of
/// numbers, of which containers have their own. Host names do not say that much: containers may share one, and machines, too.
/// Empty where the system does not tell.
inline std::string process_space() {
  std::string boot;
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::getline(file, boot);
  std::error_code error;
  const std::string numbers = std::filesystem::read_symlink("/proc/self/ns/pid", error).string();
  return boot.empty() || numbers.empty() ? "" : boot + " " + numbers;
}

/// Whether a process of this host and process_space has ended. A zombie is gone too: it does nothing any more, its parent has
/// only not asked for it.
inline bool process_is_gone(std::int64_t process) {
  if (process <= 0 || process > std::numeric_limits<pid_t>::max()) return false;
  if (kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH) return true;
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(") ");
  return name_end != std::string::npos && name_end + 2 < line.size() && line[name_end + 2] == 'Z';
}

}  // namespace irmae::storage
