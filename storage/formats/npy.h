// SPDX-License-Identifier: MIT
// NumPy's .npy files (format versions 1 to 3, NEP 1).
#pragma once

#include <filesystem>

#include "storage/record.h"

namespace irmae::storage {

/// The array of a .npy file. Reads float32, float64, int64 and uint8 as they are, and widens the other plain types to one of
/// them (float16 to float32, integers to int64, truth values to float32), little and big endian, C and Fortran order. The
/// result is always in C order; its name is the file's without folders and ending. Throws Error naming the file: absent, not
/// .npy, cut short, or of a type that is not plain numbers.
NamedArray read_npy(const std::filesystem::path& path);

/// Replaces `path` by a little-endian file of format 1.0 in C order. Throws Error naming the file and the reason.
void write_npy(const std::filesystem::path& path, const NamedArray& array);

}  // namespace irmae::storage
