// SPDX-License-Identifier: MIT
// Sums over ranks of one host in memory that they share. Each rank has a buffer that the others can read and write: each sums
// one slice of all buffers, in the order of ranks, and writes it to all of them. Nothing is copied to be sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace irmae::distributed {

class SharedSum {
 public:
  /// Where a rank's buffer is found by other processes of the host.
  struct Address {
    std::int64_t process = 0, descriptor = -1;
  };

  /// Makes this rank's buffer, zeros. No file stands for it: the system takes it back when its processes end, however they end.
  /// Without one (valid() is false) where the system refuses.
  explicit SharedSum(std::size_t bytes);
  ~SharedSum();
  SharedSum(const SharedSum&) = delete;

  Address address() const { return {process_, descriptor_}; }
  /// Opens the buffers at these addresses, of all ranks in order; this one is number `rank`. False where one cannot be opened.
  bool open(std::span<const Address> addresses, int rank);
  /// To be called when every rank has opened all: closes what was only needed for that.
  void opened();

  void* data() const;
  /// Whether these bytes are in this rank's buffer.
  bool holds(const void* first, std::size_t bytes) const;

  /// Sums `count` elements at the same place in every rank's buffer, in place. Every rank calls it, with the same place in its
  /// own. T is float or double. Waits for the other ranks without a limit of its own.
  template <class T>
  void sum(T* first, std::size_t count);

 private:
  struct Part;
  /// Returns when every rank is here.
  void meet();

  std::size_t bytes_ = 0;
  std::int64_t process_ = 0, descriptor_ = -1;
  int rank_ = 0;
  std::uint32_t round_ = 0;
  Part* own_ = nullptr;
  std::unique_ptr<Part*[]> parts_;  ///< of all ranks
  int size_ = 0;
};

}  // namespace irmae::distributed
