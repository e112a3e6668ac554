// SPDX-License-Identifier: MIT
// A file of named arrays and nothing else: caches.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "storage/record.h"

namespace irmae::storage {

/// Replaces `path` by a file of these arrays that says it holds a `kind`. Throws Error naming the file and the reason.
void write_array_file(const std::filesystem::path& path, const std::string& kind, const std::vector<NamedArray>& arrays);

/// The arrays of the file at `path`, which has to say that it holds a `kind`. Throws Error: absent, damaged, of another kind or
/// of a newer schema.
std::vector<NamedArray> read_array_file(const std::filesystem::path& path, const std::string& kind);

}  // namespace irmae::storage
