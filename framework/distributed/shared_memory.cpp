// SPDX-License-Identifier: MIT
#include "framework/distributed/shared_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <random>

namespace irmae::distributed {

namespace {

/// The buffer begins on a page of its own.
constexpr std::size_t kHeader = 4096;
/// So long is looked for the others before the processor is left to whoever needs it: about what sleeping and waking cost.
constexpr int kLooks = 2000;
/// Elements that are summed at a time: in the first-level cache.
constexpr std::size_t kBlock = 2048;

void breathe() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

/// What all ranks of the host see of one.
struct SharedMemory::Part {
  std::atomic<std::uint32_t> arrived = 0;   ///< meetings that this rank has come to
  std::atomic<std::uint32_t> sleepers = 0;  ///< ranks that sleep until `arrived` changes
  std::int64_t token = 0;                   ///< see Address

  template <class T>
  T* at(std::size_t offset) {
    return reinterpret_cast<T*>(reinterpret_cast<char*>(this) + kHeader + offset);
  }
};

SharedMemory::SharedMemory(std::size_t bytes) : bytes_(bytes), process_(getpid()) {
  descriptor_ = memfd_create("irmae", MFD_CLOEXEC);
  if (descriptor_ < 0) return;
  const std::size_t whole = kHeader + bytes;
  // Taken now and not when it is first written to, where the lack of it would end the process.
  if (posix_fallocate(static_cast<int>(descriptor_), 0, static_cast<off_t>(whole)) != 0) return;
  void* const place = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_SHARED, static_cast<int>(descriptor_), 0);
  if (place == MAP_FAILED) return;
  own_ = new (place) Part;
  std::random_device random;
  token_ = static_cast<std::int64_t>(std::uint64_t{random()} << 32 | random());
  own_->token = token_;
}

SharedMemory::~SharedMemory() {
  for (int i = 0; i < size_; ++i)
    if (parts_[i] && parts_[i] != own_) munmap(parts_[i], lengths_[i]);
  if (own_) munmap(own_, kHeader + bytes_);
  opened();
}

bool SharedMemory::open(std::span<const Address> addresses, int rank) {
  size_ = static_cast<int>(addresses.size());
  rank_ = rank;
  parts_ = std::make_unique<Part*[]>(addresses.size());
  lengths_ = std::make_unique<std::size_t[]>(addresses.size());
  for (int i = 0; i < size_; ++i) {
    const Address& address = addresses[static_cast<std::size_t>(i)];
    if (i == rank) {
      parts_[i] = own_;
    } else if (address.descriptor >= 0) {
      const int file = ::open(fmt::format("/proc/{}/fd/{}", address.process, address.descriptor).c_str(), O_RDWR | O_CLOEXEC);
      if (file < 0) return false;
      lengths_[i] = kHeader + static_cast<std::size_t>(address.bytes);
      struct stat there {};
      const bool whole = fstat(file, &there) == 0 && there.st_size == static_cast<off_t>(lengths_[i]);
      void* const place = whole ? mmap(nullptr, lengths_[i], PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
      close(file);
      if (place == MAP_FAILED) return false;
      parts_[i] = static_cast<Part*>(place);
      if (parts_[i]->token != address.token) return false;
    }
    if (!parts_[i]) return false;
  }
  return true;
}

void SharedMemory::opened() {
  if (descriptor_ >= 0) close(static_cast<int>(descriptor_));
  descriptor_ = -1;
}

void* SharedMemory::data_of(int rank) const { return parts_[rank]->at<void>(0); }

bool SharedMemory::holds(const void* first, std::size_t bytes) const {
  const auto* const begin = own_->at<char>(0);
  const auto* const place = static_cast<const char*>(first);
  return place >= begin && place + bytes <= begin + bytes_;
}

void SharedMemory::arrive() {
  ++round_;
  own_->arrived.store(round_);
  if (own_->sleepers.load() > 0) syscall(SYS_futex, &own_->arrived, FUTEX_WAKE, size_, nullptr, nullptr, 0);
}

bool SharedMemory::met(std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  for (int i = 0; i < size_; ++i) {
    Part& other = *parts_[i];
    // Round numbers wrap around: what counts is the sign of the difference.
    const auto missing = [&](std::uint32_t arrived) { return static_cast<std::int32_t>(arrived - round_) < 0; };
    for (int look = 0; look < kLooks && missing(other.arrived.load()); ++look) breathe();
    while (missing(other.arrived.load())) {
      if (std::chrono::steady_clock::now() >= until) return false;
      ++other.sleepers;
      const std::uint32_t seen = other.arrived.load();
      const timespec limit{0, 100'000'000};
      if (missing(seen)) syscall(SYS_futex, &other.arrived, FUTEX_WAIT, seen, &limit, nullptr, 0);
      --other.sleepers;
    }
  }
  return true;
}

void SharedMemory::meet() {
  arrive();
  while (!met(std::chrono::hours(1))) {
  }
}

template <class T>
void SharedMemory::sum(T* first, std::size_t count) {
  const std::size_t offset = static_cast<std::size_t>(reinterpret_cast<char*>(first) - own_->at<char>(0));
  const auto slice = [&](int rank) { return count * static_cast<std::size_t>(rank) / static_cast<std::size_t>(size_); };
  meet();
  for (std::size_t i = slice(rank_), end = slice(rank_ + 1); i < end; i += kBlock) {
    const std::size_t elements = std::min(kBlock, end - i);
    T sums[kBlock];
    const T* const of_first = parts_[0]->at<T>(offset) + i;
    std::copy_n(of_first, elements, sums);
    for (int rank = 1; rank < size_; ++rank) {
      const T* const more = parts_[rank]->at<T>(offset) + i;
      for (std::size_t k = 0; k < elements; ++k) sums[k] += more[k];
    }
    for (int rank = 0; rank < size_; ++rank) std::copy_n(sums, elements, parts_[rank]->at<T>(offset) + i);
  }
  meet();
}
template void SharedMemory::sum(float*, std::size_t);
template void SharedMemory::sum(double*, std::size_t);

}  // namespace irmae::distributed
