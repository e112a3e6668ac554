// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <utility>

namespace irmae::storage {

/// Owns a file descriptor that open() gave, and closes it.
class FileDescriptor {
 public:
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  ~FileDescriptor() { close(); }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  /// Closes the descriptor. False, with errno, where something that was written before has failed only now.
  bool close() { return number_ < 0 || ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

}  // namespace irmae::storage
