// SPDX-License-Identifier: MIT
#include "storage/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>

#include "storage/error.h"
#include "storage/fault.h"

namespace irmae::storage {

namespace fs = std::filesystem;

namespace {

std::string way_out(int reason) {
  switch (reason) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "; free some space and start the same command again: what was written before is untouched";
    case EACCES:
    case EROFS:
    case EPERM:
      return "; choose a folder that you may write to (-o DIR)";
    case ENOTDIR:
    case EEXIST:
      return "; a file stands where a folder is needed: choose another -o DIR";
    default:
      return "";
  }
}

[[noreturn]] void fail(const char* what, const fs::path& path, int reason) {
  throw Error(fmt::format("{} {}: {}{}", what, path.string(), std::strerror(reason), way_out(reason)));
}

void sync(const fs::path& path, int flags) {
  const int descriptor = open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) fail("cannot open", path, errno);
  const int status = fsync(descriptor);
  const int reason = errno;
  close(descriptor);
  // Some file systems cannot sync folders; that is not a failure of ours.
  if (status != 0 && reason != EINVAL && reason != ENOTSUP) fail("cannot write", path, reason);
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

}  // namespace

void replace_file(const fs::path& path, const std::function<void(const fs::path&)>& write) {
  const fs::path temporary =
      folder_of(path) / fmt::format(".{}.{}.tmp{}", path.stem().string(), getpid(), path.extension().string());
  try {
    write(temporary);
    sync(temporary, O_RDONLY);
    fault_point("rename-", path.stem().string());
    if (rename(temporary.c_str(), path.c_str()) != 0) fail("cannot replace", path, errno);
    sync(folder_of(path), O_RDONLY | O_DIRECTORY);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

void replace_file(const fs::path& path, const void* data, std::size_t bytes, std::string_view end) {
  replace_file(path, [&](const fs::path& temporary) {
    const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) fail("cannot write", path, errno);
    const char* next = static_cast<const char*>(data);
    std::size_t end_bytes = end.size();
    for (std::size_t left = bytes; left > 0;) {
      // In two parts at least, so that there is a half-written file to be interrupted at.
      const std::size_t part = left == bytes ? (bytes + 1) / 2 : left;
      const ssize_t written = ::write(descriptor, next, part);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        const int reason = errno;
        close(descriptor);
        fail("cannot write", path, reason);
      }
      if (left == bytes) fault_point("write-", path.stem().string());
      next += written;
      left -= static_cast<std::size_t>(written);
      if (left == 0) next = std::exchange(end, {}).data(), left = end_bytes, end_bytes = 0;
    }
    if (close(descriptor) != 0) fail("cannot write", path, errno);
  });
}

std::string read_text(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) fail("cannot read", path, EISDIR);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("cannot read", path, errno ? errno : EIO);
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad()) fail("cannot read", path, errno ? errno : EIO);
  return text.str();
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) fail("cannot make folder", path, error.value());
  if (!fs::is_directory(path, error)) fail("cannot make folder", path, ENOTDIR);
  if (access(path.c_str(), W_OK | X_OK) != 0) fail("cannot write to folder", path, errno);
}

FolderLock::FolderLock(const fs::path& folder) {
  const fs::path path = folder / "lock";
  descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("cannot write", path, errno);
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int reason = errno;
    char owner[512] = {};
    const ssize_t length = pread(descriptor_, owner, sizeof owner - 1, 0);
    close(descriptor_);
    if (reason != EWOULDBLOCK) fail("cannot lock", path, reason);
    throw Error(fmt::format("{} is in use by {}: wait for it to end, or choose another -o DIR", folder.string(),
                            length > 0 ? owner : "another process"));
  }
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char since[32];
  std::strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S UTC", &parts);
  const std::string owner = fmt::format("process {} on {} since {}", getpid(), host, since);
  // Only a courtesy for whoever is refused: the lock itself is the kernel's.
  if (ftruncate(descriptor_, 0) != 0 || pwrite(descriptor_, owner.data(), owner.size(), 0) < 0) return;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

FolderLock::FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::FileLock(const fs::path& path) {
  descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("cannot write", path, errno);
  while (flock(descriptor_, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    const int reason = errno;
    close(descriptor_);
    fail("cannot lock", path, reason);
  }
}

FileLock::~FileLock() { close(descriptor_); }

fs::path cache_folder() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value ? fs::path(value) : fs::path();
  };
  if (const fs::path own = set("IRMAE_CACHE"); !own.empty()) return own;
  if (const fs::path user = set("XDG_CACHE_HOME"); !user.empty()) return user / "irmae";
  if (const fs::path home = set("HOME"); !home.empty()) return home / ".cache" / "irmae";
  return fs::temp_directory_path() / "irmae-cache";
}

}  // namespace irmae::storage
