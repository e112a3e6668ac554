// SPDX-License-Identifier: MIT
// The names of what lies in a cell's folder; docs/files.md says what each is.
#pragma once

#include <filesystem>
#include <system_error>

namespace irmae::storage {

inline constexpr const char* kRunFile = "run.h5";
inline constexpr const char* kMetricsFile = "metrics.h5";
inline constexpr const char* kCheckpointFile = "checkpoint.h5";
inline constexpr const char* kPreviousCheckpointFile = "checkpoint.previous.h5";
inline constexpr const char* kLogFile = "log.txt";
inline constexpr const char* kStateFile = "state.toml";
inline constexpr const char* kLockFile = "lock";

/// Whether the folder has a checkpoint, newest or previous. False where that cannot be told.
inline bool has_checkpoint(const std::filesystem::path& folder) {
  std::error_code error;
  return std::filesystem::exists(folder / kCheckpointFile, error) ||
         std::filesystem::exists(folder / kPreviousCheckpointFile, error);
}

}  // namespace irmae::storage
