// SPDX-License-Identifier: MIT
// A small file system of its own (tmpfs) that can be filled and be made read-only under running processes.
#pragma once

#include <filesystem>
#include <string>

namespace irmae::tests {

class SmallDisk {
 public:
  /// Mounts at the folder `path`, or throws. With an obstacle() it is a plain folder, which cannot be filled.
  explicit SmallDisk(std::filesystem::path path);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void fill() const;
  void free() const;
  /// Whoever opens a file by name from now on finds a read-only file system; files that are open stay so.
  void make_read_only();
  void make_writable();

  /// Why this process cannot mount; empty when it can. Moves it into a mount namespace of its own, so that nothing that is
  /// mounted here is seen outside or outlives it.
  static const std::string& obstacle();

 private:
  std::filesystem::path path_;
  bool mounted_ = false, read_only_ = false;
};

}  // namespace irmae::tests
