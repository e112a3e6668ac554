// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>

namespace irmae::storage::hdf5 {

/// While one lives, a crash of HDF5 on this thread, or a call that finds no end, ends the process with
/// status 1 and one line that names the file. Other threads, and this one afterwards, keep the handlers that they had.
/// Whoever makes one holds a LibraryLock. For files that a copy of the process has not tried: a seal shows that nobody has
/// changed a file since it was sealed, not who sealed it.
class CrashGuard {
 public:
  /// Guards what this thread does with the file. The end of patience is a minute of this thread's processor time and a second
  /// more for each 10 MB of the file.
  CrashGuard(const std::filesystem::path& path, std::uint64_t file_bytes);
  ~CrashGuard();
  CrashGuard(const CrashGuard&) = delete;  // nor moved: what it set belongs to its thread
  CrashGuard& operator=(const CrashGuard&) = delete;
};

}  // namespace irmae::storage::hdf5
