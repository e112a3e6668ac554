// SPDX-License-Identifier: MIT
// How a cell's folder is called, <name>-<first digits of the id>, and what lies in it; docs/files.md says what each file is.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace irmae::storage {

inline constexpr const char* kRunFile = "run.h5";
inline constexpr const char* kMetricsFile = "metrics.h5";
inline constexpr const char* kCheckpointFile = "checkpoint.h5";
inline constexpr const char* kPreviousCheckpointFile = "checkpoint.previous.h5";
inline constexpr const char* kLogFile = "log.txt";
inline constexpr const char* kStateFile = "state.toml";
inline constexpr const char* kLockFile = "lock";

/// So many digits of a cell's id stand in its folder's name and in what people read.
inline constexpr std::size_t kShortId = 8;

/// Whether a text is 64 hex digits in small letters, as a cell's id is.
bool is_id(std::string_view text);

/// The first kShortId digits of a cell's id; of a shorter text all of it.
std::string short_id(std::string_view id);

/// The name of a cell's folder, "ae-seed4-01234567".
std::string cell_folder(std::string_view name, std::string_view id);

/// What cell_folder() put together.
struct FolderName {
  std::string name;
  std::string short_id;  ///< kShortId hex digits in small letters
};

/// Takes the name of a cell's folder apart. Nothing where it has no name or no id. The name may be one that no cell can have.
std::optional<FolderName> parse_cell_folder(std::string_view folder);

/// Whether the folder has a checkpoint, newest or previous. False where that cannot be told.
inline bool has_checkpoint(const std::filesystem::path& folder) {
  std::error_code error;
  return std::filesystem::exists(folder / kCheckpointFile, error) ||
         std::filesystem::exists(folder / kPreviousCheckpointFile, error);
}

}  // namespace irmae::storage
