// SPDX-License-Identifier: MIT
// Memory that the ranks of one host share: each has a buffer that the others can read and write, and all can meet. Sums over
// ranks: each sums one slice of all buffers, in the order of ranks, and writes it to all of them. Nothing is copied to be sent.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace irmae::distributed {

class SharedMemory {
 public:
  /// Where a rank's buffer is found by other processes of the host.
  struct Address {
    std::int64_t process = 0, descriptor = -1, bytes = 0;
    std::int64_t token = 0;  ///< stands in the buffer too: with process numbers of their own, as in containers, ranks can err
  };

  /// Makes this rank's buffer, zeros; it may be of no bytes. No file stands for it: the system takes it back when its processes
  /// end, however they end. Where the system refuses there is none, and `open` is false.
  explicit SharedMemory(std::size_t bytes);
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;

  Address address() const { return {process_, descriptor_, static_cast<std::int64_t>(bytes_), token_}; }
  /// Opens the buffers at these addresses, of all ranks in order; this one is number `rank`. False where one cannot be opened
  /// or is another's.
  bool open(std::span<const Address> addresses, int rank);
  /// Closes what was only needed to open the buffers. To be called when every rank has opened all.
  void opened();

  /// Where the buffer of this rank, or of another one, begins.
  void* data() const { return data_of(rank_); }
  void* data_of(int rank) const;
  /// Whether these bytes are in this rank's buffer.
  bool holds(const void* first, std::size_t bytes) const;

  /// Sums `count` elements at the same place in every rank's buffer, in place. Every rank calls it, with the same place in its
  /// own. T is float or double. Waits for the other ranks without a limit of its own.
  template <class T>
  void sum(T* first, std::size_t count);

  /// Says that this rank has come to the next meeting. What it has written before is seen by whoever met it.
  void arrive();
  /// True when all have come to the meeting that this rank came to last; false when they have not within `time`.
  bool met(std::chrono::milliseconds time);

 private:
  struct Part;
  void meet();

  std::size_t bytes_ = 0;
  std::int64_t process_ = 0, descriptor_ = -1, token_ = 0;
  int rank_ = 0;
  std::uint32_t round_ = 0;
  Part* own_ = nullptr;
  std::unique_ptr<Part*[]> parts_;          ///< of all ranks
  std::unique_ptr<std::size_t[]> lengths_;  ///< of their mappings
  int size_ = 0;
};

}  // namespace irmae::distributed
