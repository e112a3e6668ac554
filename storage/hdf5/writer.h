// SPDX-License-Identifier: MIT
// Builds one HDF5 file in memory and replaces the file on disk with it in one step. HDF5 itself never touches the disk, so
// that a full one is an ordinary error of write(2), and a reader never sees a half-written file.
//
// Every dataset has named dimensions: each is a dimension scale of its group, made by `dimension` before it is used.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "storage/hdf5/handle.h"
#include "storage/record.h"

namespace irmae::storage::hdf5 {

/// How the bytes of a dataset are kept.
enum class Layout {
  plain,       ///< contiguous: small arrays
  compressed,  ///< chunked, shuffle + deflate + fletcher32
  checked      ///< chunked, fletcher32 only: fast, and damage is seen
};

class Group;

/// One HDF5 file in memory. Its functions throw Error where HDF5 fails.
class Writer {
 public:
  Writer();  ///< begins with an empty file
  /// A file in memory that begins with what the file at `path` holds. Throws Error where that cannot be read.
  explicit Writer(const std::filesystem::path& path);
  Group root();
  /// Creates the group of this path and its parents, or opens what is there.
  Group group(const std::string& path);
  /// Removes the group and all that is in it, where it is there.
  void remove(const std::string& path);
  /// Replaces the file at `path` by what was built. Throws Error naming it and the reason; it then stays as it was.
  void commit(const std::filesystem::path& path);

 private:
  LibraryLock lock_;
  Handle access_, file_;
};

/// A group of a file that a Writer builds. Its functions throw Error where HDF5 fails.
class Group {
 public:
  explicit Group(Handle handle) : handle_(std::move(handle)) {}

  /// Adds an attribute. bool becomes uint8, since many readers do not know HDF5's booleans.
  void attribute(const std::string& name, const Scalar& value);
  void attributes(const Attributes& all);

  /// Makes a dimension without values of its own.
  void dimension(const std::string& name, std::int64_t size);
  /// Makes a dimension with one value for each place.
  void dimension(const std::string& name, const std::vector<std::int64_t>& values, const std::string& long_name);

  /// Adds an array. `dimensions` names one dimension of this group for each of its axes. Throws
  /// std::logic_error where these, its shape and its values do not fit together.
  void dataset(const NamedArray& array, const std::vector<std::string>& dimensions, const std::string& long_name,
               const std::string& units, Layout layout = Layout::plain);
  /// Adds a compressed dataset of at least one text in UTF-8, one for each place of a dimension of this group. All are as long
  /// as the longest, filled up with zeros, since HDF5 compresses only texts of one length.
  void texts(const std::string& name, const std::vector<std::string>& values, const std::string& dimension,
             const std::string& long_name);
  /// Adds a dataset that holds one text.
  void text(const std::string& name, const std::string& value, const std::string& long_name);

 private:
  Handle handle_;
};

}  // namespace irmae::storage::hdf5
