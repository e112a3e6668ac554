// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <fstream>
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

}  // namespace irmae::storage
