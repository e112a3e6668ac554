// SPDX-License-Identifier: MIT
// Files that are never half-written: a new version is written beside the old one, synced and renamed over it.
#pragma once

#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "storage/system/file_descriptor.h"

namespace irmae::storage {

/// What a new file survives once it is written: a crash of the machine, for which it is synced; or of the process alone, for
/// what is written often and easily made again.
enum class Durability { machine, process };

/// The name beside `path` under which this process writes what is to replace it. No other process has the same, also where two
/// have the same number, as in containers on two hosts. remove_leftovers knows such names.
std::filesystem::path temporary_beside(const std::filesystem::path& path);

/// Calls write(temporary path), then syncs that file, renames it to `path` and syncs the folder. When `write` throws or
/// the disk is full the temporary file is removed, `path` stays as it was and an Error names `path` and the reason. In a
/// folder that this process has locked (storage/system/folder_lock.h) the rename comes only while the lock is still its own.
/// Throws Error where `path` is a device or a pipe.
void replace_file(const std::filesystem::path& path, const std::function<void(const std::filesystem::path&)>& write,
                  Durability durability = Durability::machine);

/// Replaces the file `path` by these bytes and `end` after them, as a whole or not at all. Throws Error naming `path` and the
/// reason, such as a full disk; it is then as it was. Locks and devices count as for the other replace_file.
void replace_file(const std::filesystem::path& path, std::string_view bytes, Durability durability = Durability::machine,
                  std::string_view end = {});

/// Whether there is something of this name. Throws UnreadableFile where that cannot be told, as in a folder that is closed to
/// us.
bool is_there(const std::filesystem::path& path);

/// A file as text, or its first `most` bytes. Throws Error naming the path and the reason.
std::string read_text(const std::filesystem::path& path, std::size_t most = std::numeric_limits<std::size_t>::max());

/// Creates the folder that a file of this name is to lie in, where it is not there. Throws Error naming the folder and the
/// reason.
void make_folder_of(const std::filesystem::path& file);

/// Creates the folder and its parents and checks that files can be written there. Throws Error naming the path and the reason.
void make_folder(const std::filesystem::path& path);

/// Opens a file to read and to write it as it is, and makes it where it is not there. Throws Error naming the path and the
/// reason.
FileDescriptor open_to_write(const std::filesystem::path& path);

/// Removes temporary files that a process left in the folder when it died while it replaced a file. Only for whoever holds
/// the folder's lock.
void remove_leftovers(const std::filesystem::path& folder);

/// Waits for an exclusive lock on the file `path` (made where it is not there) and holds it as long as the object lives.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& path);
  bool held() const { return held_; }  ///< false where the file system has no locks

 private:
  bool held_ = true;
  FileDescriptor file_;
};

/// Removes what writers of `path` that were killed have left beside it. The caller sees to it that nobody writes it now.
void remove_leftovers_of(const std::filesystem::path& path);

/// Where what can be made again is kept: IRMAE_CACHE, else XDG_CACHE_HOME/irmae, else ~/.cache/irmae.
std::filesystem::path cache_folder();

}  // namespace irmae::storage
