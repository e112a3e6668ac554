// SPDX-License-Identifier: MIT
#include "storage/system/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "storage/error.h"
#include "storage/system/environment.h"
#include "storage/system/fault.h"
#include "storage/system/folder_lock.h"
#include "storage/system/random_token.h"
#include "storage/system/system_failure.h"

namespace irmae::storage {

namespace fs = std::filesystem;

namespace {

void sync(const fs::path& path, int flags) {
  const FileDescriptor file(open(path.c_str(), flags | O_CLOEXEC));
  if (!file) fail("cannot open", path, errno);
  // Some file systems cannot sync folders; that is not a failure of ours.
  if (fsync(file.get()) != 0 && errno != EINVAL && errno != ENOTSUP) fail("cannot write", path, errno);
}

/// A rename would take a device or a pipe away and leave a file in its place.
void check_replaceable(const fs::path& path) {
  std::error_code error;
  const fs::file_status there = fs::status(path, error);
  if (fs::is_other(there))
    throw Error(fmt::format("{}: a device or a pipe, which a whole file cannot replace: name a file", path.string()));
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

/// What a symbolic link leads to, whether it is there or not: the link stays, and that is replaced. `path` where links lead to
/// each other.
fs::path target_of(const fs::path& path) {
  constexpr int kMostLinks = 40;  // as many as Linux follows
  std::error_code error;
  if (!fs::is_symlink(path, error)) return path;
  fs::path target = fs::canonical(path, error);
  if (!error) return target;
  target = path;
  for (int links = 0; fs::is_symlink(target, error); ++links) {
    const fs::path next = fs::read_symlink(target, error);
    if (error || links == kMostLinks) return path;
    target = folder_of(target) / next;
  }
  return target;
}

/// An empty file, of which a failure is told as one of `path`.
FileDescriptor make_file(const fs::path& temporary, const fs::path& path) {
  FileDescriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!file) fail("cannot write", path, errno);
  return file;
}

}  // namespace

fs::path temporary_beside(const fs::path& path) {
  static const std::string token = random_token(1);  // a child of fork() has the same, and another number
  return folder_of(path) / fmt::format(".{}.{}-{}.tmp{}", path.stem().string(), getpid(), token, path.extension().string());
}

void replace_file(const fs::path& name, const std::function<void(const fs::path&)>& write, Durability durability) {
  const fs::path path = target_of(name);
  const bool synced = durability == Durability::machine;
  const fs::path temporary = temporary_beside(path);
  check_replaceable(path);
  check_owned(folder_of(path));
  try {
    make_file(temporary, path);
    write(temporary);
    if (synced) sync(temporary, O_RDONLY);
    fault_point("rename-", path.stem().string());
    check_owned(folder_of(path));  // writing may have taken long
    if (rename(temporary.c_str(), path.c_str()) != 0) fail("cannot replace", path, errno);
    if (synced) sync(folder_of(path), O_RDONLY | O_DIRECTORY);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

void replace_file(const fs::path& path, std::string_view bytes, Durability durability, std::string_view end) {
  const auto write = [&](const fs::path& temporary) {
    FileDescriptor file = make_file(temporary, path);
    const auto put = [&](std::string_view left) {
      while (!left.empty()) {
        const ssize_t written = ::write(file.get(), left.data(), left.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) fail("cannot write", path, errno);
        left.remove_prefix(static_cast<std::size_t>(written));
      }
    };
    // In two parts, so that there is a half-written file to be interrupted at.
    const std::size_t half = (bytes.size() + 1) / 2;
    put(bytes.substr(0, half));
    fault_point("write-", path.stem().string());
    put(bytes.substr(half));
    put(end);
    if (!file.close()) fail("cannot write", path, errno);
  };
  replace_file(path, write, durability);
}

bool is_there(const fs::path& path) {
  std::error_code error;
  const bool there = fs::exists(path, error);
  if (error) fail_to_read(path, error.value());
  return there;
}

std::string read_text(const fs::path& path, std::size_t most) {
  std::error_code error;
  if (fs::is_directory(path, error)) fail_to_read(path, EISDIR);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_to_read(path, errno ? errno : EIO);
  // Piece by piece: a pipe does not say how much it has, and of a whole buffer that is put elsewhere no error of reading comes
  // back.
  std::string text;
  char piece[1 << 16];
  while (text.size() < most && (file.read(piece, sizeof piece), file.gcount() > 0))
    text.append(piece, static_cast<std::size_t>(file.gcount()));
  if (file.bad()) fail_to_read(path, errno ? errno : EIO);
  text.resize(std::min(text.size(), most));
  return text;
}

void make_folder_of(const fs::path& file) {
  std::error_code error;
  if (const fs::path folder = folder_of(file); !fs::exists(folder, error)) make_folder(folder);
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) fail("cannot make folder", path, error.value());
  if (!fs::is_directory(path, error)) fail("cannot make folder", path, ENOTDIR);
  if (access(path.c_str(), W_OK | X_OK) != 0) fail("cannot write to folder", path, errno);
}

namespace {

void remove_temporaries(const fs::path& folder, const std::string& beginning) {
  std::error_code ignored;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(beginning) && name.find(".tmp") != std::string::npos) found.push_back(entry.path());
  }
  for (const fs::path& path : found) fs::remove(path, ignored);
}

}  // namespace

void remove_leftovers(const fs::path& folder) { remove_temporaries(folder, "."); }
void remove_leftovers_of(const fs::path& path) { remove_temporaries(folder_of(path), "." + path.stem().string() + "."); }

FileDescriptor open_to_write(const fs::path& path) {
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!file) fail("cannot write", path, errno);
  return file;
}

FileLock::FileLock(const fs::path& path) : file_(open_to_write(path)) {
  while (flock(file_.get(), LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    if (!means_no_locks(errno)) fail("cannot lock", path, errno);
    held_ = false;
    break;
  }
}

fs::path cache_folder() {
  const auto set = [](const char* name) { return fs::path(environment_variable(name)); };
  if (const fs::path own = set("IRMAE_CACHE"); !own.empty()) return own;
  if (const fs::path user = set("XDG_CACHE_HOME"); !user.empty()) return user / "irmae";
  if (const fs::path home = set("HOME"); !home.empty()) return home / ".cache" / "irmae";
  return fs::temp_directory_path() / "irmae-cache";
}

}  // namespace irmae::storage
