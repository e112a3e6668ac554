// SPDX-License-Identifier: MIT
#include "storage/system/folder_lock.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>

#include "storage/cell_paths.h"
#include "storage/error.h"
#include "storage/system/files.h"
#include "storage/system/host_name.h"
#include "storage/system/random_token.h"
#include "storage/system/system_failure.h"
#include "storage/system/utc.h"
#include "storage/text/first_line.h"

namespace irmae::storage {

namespace fs = std::filesystem;

namespace {

/// A lock of this process: its folder, and what its file holds as long as it is this process's.
struct Held {
  fs::path folder;
  std::string content;
};

/// The locks of this process, so that whoever replaces a file need not be handed one.
std::mutex mutex;
std::map<fs::path, Held> held;

/// One for all names of a folder. Relative ones are completed by the path that the process's own folder had when this was first
/// asked: the process stays in that folder, which somebody may move or remove while locks are held.
fs::path key_of(const fs::path& folder) {
  static const fs::path start = [] {
    std::error_code gone;
    return fs::current_path(gone);
  }();
  return (start / folder / "x").lexically_normal().parent_path();
}

std::string this_process() {
  return fmt::format("process {} on {} since {}", getpid(), host_name(), utc_now("%Y-%m-%d %H:%M:%S UTC"));
}

/// Who has the lock, or has released it last.
std::string owner_of(const std::string& content) {
  constexpr std::string_view kReleased = "released by ";
  const std::string line = first_line(content);
  if (line.starts_with(kReleased)) return line.substr(kReleased.size());
  return line.empty() ? "another process" : line;
}

using Buffer = std::array<char, 512>;

/// What the file holds, in `buffer`, which needs no memory that could be refused.
std::string_view content_of(int descriptor, Buffer& buffer) {
  const ssize_t length = pread(descriptor, buffer.data(), buffer.size() - 1, 0);
  return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0))};
}

std::string content_of(int descriptor) {
  Buffer buffer{};
  return std::string(content_of(descriptor, buffer));
}

/// Errno, or 0. Never truncated to nothing first: whoever reads in between sees a token.
int write_all(int descriptor, const std::string& text) {
  const auto size = static_cast<ssize_t>(text.size());
  errno = EIO;
  const bool good = pwrite(descriptor, text.data(), text.size(), 0) == size && ftruncate(descriptor, size) == 0 &&
                    (fsync(descriptor) == 0 || errno == EINVAL);
  return good ? 0 : errno;
}

void check_content(const fs::path& folder, const std::string& content) {
  // By name and not through the open file: a file system between hosts shows others' changes when a file is opened.
  std::string now;
  try {
    now = read_text(folder / kLockFile);
  } catch (const Error& error) {
    throw Error(fmt::format("{} can no longer be shown to be this run's ({}): it ends here and writes nothing more",
                            folder.string(), error.what()));
  }
  if (now == content) return;
  throw Error(
      fmt::format("{} was taken over by {}: this run ends here and writes nothing more", folder.string(), owner_of(now)));
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder)
    : folder_(folder), key_(key_of(folder)), file_(open_to_write(folder / kLockFile)) {
  const fs::path path = folder / kLockFile;
  if (flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    if (reason == EWOULDBLOCK)
      throw BusyError(fmt::format("{} is in use by {}: wait for it to end, or stop it", folder.string(),
                                  owner_of(content_of(file_.get()))));
    if (!means_no_locks(reason)) fail("cannot lock", path, reason);
    note_ = fmt::format(
        "warning: {}: this file system has no locks ({}): do not start this cell a second time while it runs, the second run would "
        "end this one",
        path.string(), std::strerror(reason));
  }
  if (const std::string before = content_of(file_.get()); note_.empty() && before.starts_with("process "))
    note_ = fmt::format("{} was training here and ended without releasing its lock", owner_of(before));
  content_ = fmt::format("{}\ntoken {}\n", this_process(), random_token(4));
  released_ = "released by " + content_;
  if (const int reason = write_all(file_.get(), content_); reason != 0) fail("cannot write", path, reason);
  const std::lock_guard lock(mutex);
  held[key_] = {folder_, content_};
}

FolderLock::~FolderLock() {
  // Nothing here may fail, not even for want of memory: it would end the process.
  {
    const std::lock_guard lock(mutex);
    held.erase(key_);
  }
  Buffer buffer{};
  if (content_of(file_.get(), buffer) == content_) write_all(file_.get(), released_);
}

void FolderLock::check() const { check_content(folder_, content_); }

void check_owned(const fs::path& folder) {
  Held found;
  {
    const std::lock_guard lock(mutex);
    const auto place = held.find(key_of(folder));
    if (place == held.end()) return;
    found = place->second;
  }
  // The mutex is free again: a file server that does not answer here must not hold up those who write into other folders.
  check_content(found.folder, found.content);
}

}  // namespace irmae::storage
