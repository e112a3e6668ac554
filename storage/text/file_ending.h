// SPDX-License-Identifier: MIT
// What a file's name says that it holds, in letters of either case.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace irmae::storage {

/// The ending with its dot, in small letters: ".png" of "A.PNG"; empty where the name has none.
std::string ending_of(const std::filesystem::path& path);

enum class ArrayKind { npy, hdf5 };

/// Which array file ends so: .npy, or .h5 or .hdf5, or .h5ad (AnnData) or .nc (netCDF), which are HDF5 too. Nothing for other
/// endings.
std::optional<ArrayKind> array_kind(const std::filesystem::path& path);

}  // namespace irmae::storage
