// SPDX-License-Identifier: MIT
// One dataset of an HDF5 file that is not a run: read from a foreign one, or written for others.
#pragma once

#include <filesystem>
#include <string>

#include "storage/error.h"
#include "storage/record.h"

namespace irmae::storage {

/// An HDF5 file without the dataset that is asked for. The message names what is there.
class NoSuchDataset : public Error {
 public:
  using Error::Error;
};

/// The dataset of this path in an HDF5 file, whoever wrote it: float32, float64, int64 or uint8 as they are, other numbers
/// widened. Throws NoSuchDataset, or Error naming the file: absent, not HDF5, not numbers. `whole`: also where a number stands
/// for a missing one by the dataset's attributes (_FillValue and missing_value, as netCDF has them).
NamedArray read_hdf5_array(const std::filesystem::path& path, const std::string& dataset, bool whole = false);

/// Replaces `path` by a file with this array at its top under its name, dimensions and notes (attributes of the file) beside
/// it. `kind` says what it holds. Throws Error naming the file and the reason.
void write_hdf5_array(const std::filesystem::path& path, const std::string& kind, const LabelledArray& labelled,
                      const Attributes& notes);

}  // namespace irmae::storage
