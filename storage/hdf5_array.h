// SPDX-License-Identifier: MIT
// One dataset of a foreign HDF5 file.
#pragma once

#include <filesystem>
#include <string>

#include "storage/record.h"

namespace irmae::storage {

/// Throws Error naming the file: absent, not HDF5, no such dataset (the ones that are there are named), not numbers.
NamedArray read_hdf5_array(const std::filesystem::path& path, const std::string& dataset);

}  // namespace irmae::storage
