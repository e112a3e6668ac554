// SPDX-License-Identifier: MIT
// Files that are never half-written: a new version is written beside the old one, synced and renamed over it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace irmae::storage {

/// Calls write(temporary path), then syncs that file, renames it to `path` and syncs the folder. When `write` throws or
/// the disk is full the temporary file is removed, `path` stays as it was and an Error names `path` and the reason.
void replace_file(const std::filesystem::path& path, const std::function<void(const std::filesystem::path&)>& write);

/// The same for bytes that are in memory, and what comes after them.
void replace_file(const std::filesystem::path& path, const void* data, std::size_t bytes, std::string_view end = {});

/// Whole file as text. Error names the path and the reason.
std::string read_text(const std::filesystem::path& path);

/// Creates the folder and its parents and checks that files can be written there. Error names the path and the reason.
void make_folder(const std::filesystem::path& path);

/// An exclusive lock on a folder for as long as the object lives (flock on `folder/lock`, released by the kernel when
/// the process dies). The file holds host, process id and start time of its owner.
/// Throws Error "... is in use by <owner>" when another process holds it.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;

 private:
  int descriptor_ = -1;
};

/// Waits for an exclusive lock on the file `path` (made where it is not there) and holds it as long as the object lives.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

/// Where what can be made again is kept: IRMAE_CACHE, else XDG_CACHE_HOME/irmae, else ~/.cache/irmae.
std::filesystem::path cache_folder();

}  // namespace irmae::storage
