// SPDX-License-Identifier: MIT
// Decoded pictures, kept in one HDF5 file as uint8 [count, channels, height, width] without compression, and mapped into
// memory: all ranks of a host share its pages, and threads fill it in place while it is made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace irmae::storage {

/// A mapping of a file into memory, read-only for its users. The object can be moved, and the mapping ends with it.
class MappedBytes {
 public:
  MappedBytes() = default;
  MappedBytes(void* address, std::size_t mapped, std::size_t skip) : address_(address), mapped_(mapped), skip_(skip) {}
  ~MappedBytes();
  MappedBytes(MappedBytes&& other) noexcept;

  std::uint8_t* data() const { return static_cast<std::uint8_t*>(address_) + skip_; }
  explicit operator bool() const { return address_ != nullptr; }

 private:
  void* address_ = nullptr;
  std::size_t mapped_ = 0, skip_ = 0;  ///< a mapping starts at a page, the data somewhere behind
};

/// Maps the file's images where it is there, whole and made from `source` (a hash of everything that it depends on) with
/// this shape [count, channels, height, width]. Otherwise `make` fills the bytes of a new file, which then replaces it in
/// one step. Processes that come at once wait for the one that makes it. Throws Error naming the file and the way out, and
/// what `make` throws; then nothing is left behind.
MappedBytes image_cache(const std::filesystem::path& path, const std::string& source, const std::vector<std::int64_t>& shape,
                        const std::function<void(std::uint8_t*)>& make);

}  // namespace irmae::storage
