// SPDX-License-Identifier: MIT
// An output that a user names overwrites what is already there, except a run's own files, manifests and plans, and what the
// command itself reads: these are refused.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "storage/cell_paths.h"
#include "storage/error.h"

namespace irmae::launchers {

/// Throws UsageError where a run's own file, a manifest or a plan lies at `path`, or where a symbolic link at `path` points:
/// the target is what an output replaces, and the link stays. Other hard links keep the old contents.
inline void check_output(const std::filesystem::path& path) {
  std::error_code absent;
  if (!std::filesystem::exists(path, absent)) return;
  for (const std::filesystem::path& place : {path, std::filesystem::canonical(path, absent)}) {
    const std::string name = place.filename().string();
    for (const std::string_view own :
         {storage::kRunFile, storage::kMetricsFile, storage::kCheckpointFile, storage::kPreviousCheckpointFile,
          storage::kLogFile, storage::kLockFile, "model.pt", "model.safetensors"})
      if (name == own)
        throw UsageError(fmt::format("{}: a run's own file, which this would replace: name another", path.string()));
    if (place.extension() == ".toml")
      throw UsageError(fmt::format("{}: a manifest, plan or state, which this would replace: name another", path.string()));
  }
}

/// Throws UsageError where a folder, a run's own file, a manifest or a plan lies at `path`: for an output that is one file.
inline void check_output_file(const std::filesystem::path& path) {
  std::error_code absent;
  if (std::filesystem::is_directory(path, absent)) throw UsageError(fmt::format("{}: a folder: name a file", path.string()));
  check_output(path);
}

/// Throws UsageError where `path` is one of the files that the command reads, by whatever name.
inline void check_output_is_no_input(const std::filesystem::path& path, const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    std::error_code absent;
    if (std::filesystem::equivalent(input, path, absent))
      throw UsageError(fmt::format("{}: an input, which this would replace: name another", path.string()));
  }
}

}  // namespace irmae::launchers
