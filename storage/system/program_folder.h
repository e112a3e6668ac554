// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <system_error>

namespace irmae::storage {

/// Where the program that runs lies, and beside it what belongs to it; empty where the system does not say.
inline std::filesystem::path program_folder() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace irmae::storage
