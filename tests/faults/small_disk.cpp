// SPDX-License-Identifier: MIT
#include "tests/faults/small_disk.h"

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace irmae::tests {

namespace fs = std::filesystem;

const std::string& SmallDisk::obstacle() {
  static const std::string reason = [] {
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      return std::string("no right to mount (") + std::strerror(errno) + "): run as root";
    return std::string();
  }();
  return reason;
}

SmallDisk::SmallDisk(fs::path path) : path_(std::move(path)) {
  fs::create_directories(path_);
  if (!obstacle().empty()) return;
  if (mount("irmae-test", path_.c_str(), "tmpfs", 0, "size=96m") != 0)
    throw std::runtime_error("cannot mount a small disk at " + path_.string() + ": " + std::strerror(errno));
  mounted_ = true;
}

SmallDisk::~SmallDisk() {
  make_writable();
  if (mounted_) umount2(path_.c_str(), MNT_DETACH);
}

void SmallDisk::fill() const {
  if (!mounted_) throw std::logic_error(path_.string() + " is no disk of its own: what would be filled is the machine's");
  std::ofstream file(path_ / "filler", std::ios::binary);
  for (const std::size_t size : {std::size_t{1} << 20, std::size_t{4096}}) {
    const std::vector<char> block(size, 'x');
    file.clear();
    while (file.write(block.data(), static_cast<std::streamsize>(size)).flush()) continue;
  }
}

void SmallDisk::free() const {
  std::error_code ignored;
  fs::remove(path_ / "filler", ignored);
}

void SmallDisk::make_read_only() {
  mount(path_.c_str(), path_.c_str(), nullptr, MS_BIND, nullptr);
  mount(nullptr, path_.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr);
  read_only_ = true;
}

void SmallDisk::make_writable() {
  if (read_only_) umount2(path_.c_str(), MNT_DETACH);
  read_only_ = false;
}

}  // namespace irmae::tests
