// SPDX-License-Identifier: MIT
// The safetensors format (github.com/huggingface/safetensors): eight bytes with the header's length, a JSON header, then the
// values of every array without gaps, all little-endian. It holds no code and can be mapped into memory.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "storage/record.h"

namespace irmae::storage {

/// Replaces `path` by a safetensors file of these arrays. Their names must differ and not be "__metadata__", or it throws
/// std::logic_error; `metadata` is free text under free names. The values begin at a multiple of 8 bytes. Throws Error naming
/// the file and the reason where it cannot be written.
void write_safetensors(const std::filesystem::path& path, const std::vector<NamedArray>& arrays,
                       const std::vector<std::pair<std::string, std::string>>& metadata);

}  // namespace irmae::storage
