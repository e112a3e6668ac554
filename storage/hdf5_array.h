// SPDX-License-Identifier: MIT
// One dataset of an HDF5 file that is not a run: read from a foreign one, or written for others.
#pragma once

#include <filesystem>
#include <string>

#include "storage/error.h"
#include "storage/record.h"

namespace irmae::storage {

/// The file has none of this name. What is there is named.
class NoSuchDataset : public Error {
 public:
  using Error::Error;
};

/// Throws NoSuchDataset, or Error naming the file: absent, not HDF5, not numbers.
NamedArray read_hdf5_array(const std::filesystem::path& path, const std::string& dataset);

/// Replaces `path` by a file with this array at its top under its name, dimensions and notes (attributes of the file) beside
/// it. `kind` says what it holds. Throws Error.
void write_hdf5_array(const std::filesystem::path& path, const std::string& kind, const LabelledArray& labelled,
                      const Attributes& notes);

}  // namespace irmae::storage
