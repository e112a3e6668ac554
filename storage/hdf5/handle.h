// SPDX-License-Identifier: MIT
// HDF5 identifiers that close themselves, and the one place where a failed call becomes an exception.
#pragma once

#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>

namespace irmae::storage::hdf5 {

/// Owns an identifier. `close` is H5Dclose, H5Sclose, ...
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Handle() = default;
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    reset();
    id_ = std::exchange(other.id_, -1);
    close_ = other.close_;
    return *this;
  }

  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }

 private:
  void reset() {
    if (id_ >= 0) close_(id_);
    id_ = -1;
  }

  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// HDF5 as most systems build it knows no threads: whoever has a file open holds the library's lock; it is recursive.
class LibraryLock {
 private:
  std::unique_lock<std::recursive_mutex> lock_{library()};
  static std::recursive_mutex& library();
};

/// Turns HDF5's own printing of errors off, and its links to other files. Called by everything that opens a file.
void silence();

/// Passes a non-negative result on; throws Error "<what>: <HDF5's innermost reason>" otherwise.
template <class Result>
Result check(Result result, const std::string& what);

/// HDF5's own description of the last failure, innermost message first.
std::string last_reason();

/// Throws UnreadableFile where the call that has just failed could not read: that says nothing about the file.
void check_was_read(const std::string& what);

/// Throws Error "<what>: <HDF5's innermost reason>"; UnreadableFile where the system could not read, which says nothing about
/// the file, or has no locks.
[[noreturn]] void fail(const std::string& what);

template <class Result>
Result check(Result result, const std::string& what) {
  if (result < 0) fail(what);
  return result;
}

/// An identifier that HDF5 has just given as a Handle. Throws as check where it is none.
inline Handle checked(hid_t id, Handle::Close close, const std::string& what) { return {check(id, what), close}; }

/// How a file on disk is opened or made (H5P_FILE_ACCESS): without HDF5's locks, which some file systems do not have. Files are
/// only ever replaced as a whole, and each is written under a name of its writer's own. Throws as check.
Handle access_without_locks();

}  // namespace irmae::storage::hdf5
