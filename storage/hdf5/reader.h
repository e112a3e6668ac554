// SPDX-License-Identifier: MIT
// Reads an HDF5 file of which nothing is trusted: types, ranks and sizes are checked before memory is asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/error.h"
#include "storage/hdf5/crash_guard.h"
#include "storage/hdf5/handle.h"
#include "storage/record.h"

namespace irmae::storage::hdf5 {

/// What a file holds is not as HDF5 or irmae writes it.
class Damaged : public Error {
 public:
  /// what_is_wrong: with the file and the object.
  explicit Damaged(const std::string& what_is_wrong)
      : Error(what_is_wrong + ": the file is damaged or not irmae's"), what_is_wrong_(what_is_wrong) {}
  const std::string& what_is_wrong() const { return what_is_wrong_; }

 private:
  std::string what_is_wrong_;
};

/// One open HDF5 file. What its functions find damaged they throw as Damaged or another Error, naming the file and the object.
class Reader {
 public:
  /// Opens a file. Throws Error: absent, cut short, not HDF5. A file without a seal is first read in a child process and
  /// refused if that crashes or times out: libhdf5 does not survive every damaged file. One with a seal that has the same
  /// effect ends this process with one line (CrashGuard).
  explicit Reader(const std::filesystem::path& path);
  ~Reader();
  Reader(Reader&&) = delete;  // and no copies

  const std::filesystem::path& path() const { return path_; }
  bool has(const std::string& object) const;       ///< whether the file has a group or dataset of this path
  bool is_group(const std::string& object) const;  ///< whether it has a group of this path

  /// Names of the objects in a group, sorted; empty where there is no such group.
  std::vector<std::string> names(const std::string& group) const;
  /// All scalar attributes of an object, sorted by name. uint8 becomes bool.
  Attributes attributes(const std::string& object) const;
  bool has_attribute(const std::string& object, const std::string& name) const;
  /// The scalar attribute of this name. Throws Error when it is absent or of another kind.
  Scalar attribute(const std::string& object, const std::string& name) const;
  /// The text of a dataset that holds one. Throws Error when it is absent or of another kind.
  std::string text(const std::string& dataset) const;
  /// What a dataset holds that array() does not read, such as "text"; empty where it holds plain numbers.
  std::string other_than_numbers(const std::string& dataset) const;
  /// Why a dataset that someone else wrote has no values that array() reads, and what to do, such as "was never written",
  /// also where only a part was; empty: it has, or what it has is damaged.
  std::string without_values(const std::string& dataset) const;
  /// True for a dataset that is a dimension scale: a dimension's name and coordinates.
  bool is_scale(const std::string& dataset) const;
  /// Lengths of a dataset's axes, of which no value is read. Throws Error when it is absent or larger than the file can hold.
  std::vector<std::int64_t> shape(const std::string& dataset) const;
  /// A dataset of numbers: float32, float64, int64 or uint8 as they lie in the file, others widened. Its name is the last part
  /// of the path. Throws Error when it is absent, of no plain numbers or of one that int64 does not hold, in more than
  /// kMostChunks chunks, or larger than the file can hold.
  NamedArray array(const std::string& dataset) const;
  /// All datasets of a group for which wanted(name) holds. Throws Error when together they claim more than a file may unpack
  /// to.
  std::vector<NamedArray> arrays(const std::string& group, const std::function<bool(const std::string&)>& wanted) const;
  /// Where the bytes of a contiguous uint8 dataset of this shape begin in the file. Throws Error for any other dataset.
  std::size_t offset_of(const std::string& dataset, const std::vector<std::int64_t>& shape) const;

 private:
  void open();
  CrashGuard crash_guard() const { return {path_, file_bytes_}; }
  // reader_trial.cpp
  /// Throws Error where a copy of the process does not survive reading the file.
  void survive() const;
  struct Unlocked {};
  /// Opens the file of `locked` without taking the library's lock: in a copy of the process, whose only thread holds it
  /// already.
  Reader(const Reader& locked, Unlocked);
  /// Calls everything that this class can do, on everything below the group. left: bytes of values that may still be read.
  void try_group(const std::string& group, int depth, std::uint64_t& left) const;
  Handle opened(const std::string& dataset) const;  ///< throws Damaged where it is absent or cannot be opened
  std::uint64_t stored(const Handle& set) const;    ///< bytes of a dataset's values in the file
  std::vector<std::int64_t> shape_of(const Handle& set, const std::string& dataset) const;
  Scalar value_of(const Handle& attribute, const std::string& place) const;
  [[noreturn]] void damaged(const std::string& what) const;
  std::string place_of(const std::string& object) const;  ///< for messages, with the file
  /// What HDF5 answers, of which less than 0 stands for no. Throws UnreadableFile where it could not look.
  bool is_true(int answer, const std::string& object) const;

  std::filesystem::path path_;
  std::uint64_t file_bytes_ = 0;
  std::optional<LibraryLock> lock_;
  Handle file_;
};

}  // namespace irmae::storage::hdf5
