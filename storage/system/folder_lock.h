// SPDX-License-Identifier: MIT
// One run at a time in a folder, with a fencing token.
//
// flock on `folder/lock` keeps a second process of the same kernel out and is released when the process dies: a lock that a
// dead process left is no lock. Between hosts that is not enough. Some file systems keep flock to one host (Lustre without
// -o flock, some NFS) or forget it when the server restarts, and a batch system may start a job a second time while a host
// that it takes for dead still runs the first. So whoever takes the lock also writes a token of its own into the file, and
// reads it again before each file of the folder is replaced (replace_file does): when it is another's, the run that was
// taken over ends there and writes nothing more. The newest run wins.
//
// Where flock does not work at all (ENOLCK, ENOTSUP, ENOSYS, EINVAL) the token alone decides and note() says so: a
// second run is then not refused, but ends the first one at its next write. No file is ever written by both.
#pragma once

#include <filesystem>
#include <string>

#include "storage/system/file_descriptor.h"

namespace irmae::storage {

/// The lock of a folder as long as the object lives. The file `lock` holds its owner in one line and the token in the next;
/// "released by" before the owner is an orderly end, so that an owner who died is known from the file.
class FolderLock {
 public:
  /// Takes the lock of the folder. Throws BusyError "... is in use by process P on H since T" when another process holds it.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// Checks that the lock is still this object's. Throws Error "... was taken over by process P on H since T" when the file
  /// holds another token.
  void check() const;

  /// What a user should know about this lock: that the owner before died, or that flock does not work here. Mostly empty.
  const std::string& note() const { return note_; }

 private:
  std::filesystem::path folder_;
  std::filesystem::path key_;  ///< among the locks of this process
  std::string content_;
  std::string released_;  ///< what the file holds afterwards
  std::string note_;
  FileDescriptor file_;
};

/// Checks the lock that this process holds on `folder`, which may be named otherwise than where it was taken, and does nothing
/// where it holds none. Throws Error "... was taken over by process P on H since T" when the file holds another token.
void check_owned(const std::filesystem::path& folder);

}  // namespace irmae::storage
