// SPDX-License-Identifier: MIT
#include "storage/formats/image_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <hdf5_hl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "storage/error.h"
#include "storage/hdf5/handle.h"
#include "storage/hdf5/reader.h"
#include "storage/record.h"
#include "storage/system/file_descriptor.h"
#include "storage/system/files.h"

namespace irmae::storage {

namespace fs = std::filesystem;

namespace {

constexpr const char* kDataset = "images";

[[noreturn]] void fail(const fs::path& path, const std::string& reason) {
  throw Error(
      fmt::format("cannot keep decoded images in {}: {}; set IRMAE_CACHE to a folder with room", path.string(), reason));
}

std::size_t bytes_of(const std::vector<std::int64_t>& shape) { return static_cast<std::size_t>(elements_of(shape)); }

/// Maps `bytes` bytes from `offset` of the file; empty where that fails.
MappedBytes mapped(const fs::path& path, std::size_t offset, std::size_t bytes, bool writable) {
  const FileDescriptor file(open(path.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC));
  if (!file) return {};
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t skip = offset % page;
  void* address = mmap(nullptr, bytes + skip, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file.get(),
                       static_cast<off_t>(offset - skip));
  if (address == MAP_FAILED) return {};
  return {address, bytes + skip, skip};
}

/// A new file with an empty dataset; returns where its bytes begin.
std::size_t create(const fs::path& path, const std::string& source, const std::vector<std::int64_t>& shape) {
  using hdf5::checked;
  const hdf5::LibraryLock lock;
  hdf5::silence();
  const hdf5::Handle access = hdf5::access_without_locks();
  const hdf5::Handle file = checked(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose, path.string());
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  const hdf5::Handle space =
      checked(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), H5Sclose, kDataset);
  const hdf5::Handle properties = checked(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, kDataset);
  hdf5::check(H5Pset_alloc_time(properties.get(), H5D_ALLOC_TIME_EARLY), kDataset);
  hdf5::check(H5Pset_fill_time(properties.get(), H5D_FILL_TIME_NEVER), kDataset);
  const hdf5::Handle set =
      checked(H5Dcreate2(file.get(), kDataset, H5T_NATIVE_UINT8, space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
              H5Dclose, kDataset);
  constexpr const char* kNames[] = {"image", "channel", "y", "x"};
  for (unsigned axis = 0; axis < sizes.size(); ++axis) hdf5::check(H5DSset_label(set.get(), axis, kNames[axis]), kDataset);
  hdf5::check(H5LTset_attribute_string(file.get(), "/", "kind", "image cache"), "kind");
  hdf5::check(H5LTset_attribute_string(file.get(), "/", "source", source.c_str()), "source");
  return static_cast<std::size_t>(H5Dget_offset(set.get()));
}

/// Room for all of it is taken first: a full disk is an error here, not a bus error while the mapping is filled.
void take_room(const fs::path& path, std::size_t bytes, const fs::path& named) {
  const FileDescriptor file(open(path.c_str(), O_RDWR | O_CLOEXEC));
  const int reason = file ? posix_fallocate(file.get(), 0, static_cast<off_t>(bytes)) : errno;
  if (reason != 0) fail(named, std::strerror(reason));
}

/// The finished cache, or nothing where there is none that fits.
MappedBytes existing(const fs::path& path, const std::string& source, const std::vector<std::int64_t>& shape) {
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  std::size_t offset = 0;
  try {
    const hdf5::Reader reader(path);
    if (reader.attribute("/", "source") != Scalar(source)) return {};
    offset = reader.offset_of(kDataset, shape);
  } catch (const Error&) {
    return {};  // damaged: made again
  }
  if (fs::file_size(path, error) < offset + bytes_of(shape)) return {};
  return mapped(path, offset, bytes_of(shape), false);
}

}  // namespace

MappedBytes::~MappedBytes() {
  if (address_) munmap(address_, mapped_);
}

MappedBytes::MappedBytes(MappedBytes&& other) noexcept
    : address_(std::exchange(other.address_, nullptr)), mapped_(other.mapped_), skip_(other.skip_) {}

MappedBytes image_cache(const fs::path& path, const std::string& source, const std::vector<std::int64_t>& shape,
                        const std::function<void(std::uint8_t*)>& make) {
  if (MappedBytes found = existing(path, source, shape)) return found;
  std::optional<FileLock> lock;
  try {
    make_folder(path.parent_path());
    lock.emplace(path.string() + ".lock");
  } catch (const UnwritablePlace& error) {
    fail(path, error.failure());
  } catch (const Error& error) {
    fail(path, error.what());
  }
  if (MappedBytes found = existing(path, source, shape)) return found;  // another process made it while we waited
  if (lock->held()) remove_leftovers_of(path);
  try {
    replace_file(path, [&](const fs::path& temporary) {
      const std::size_t offset = create(temporary, source, shape), bytes = bytes_of(shape);
      take_room(temporary, offset + bytes, path);
      const MappedBytes room = mapped(temporary, offset, bytes, true);
      if (!room) fail(path, std::strerror(errno));
      make(room.data());
    });
  } catch (const UnwritablePlace& error) {
    fail(path, error.failure());
  }
  MappedBytes made = existing(path, source, shape);
  if (!made) fail(path, "what was written cannot be read back");
  return made;
}

}  // namespace irmae::storage
