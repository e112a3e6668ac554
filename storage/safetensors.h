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

/// Replaces `path`. The names must differ and not be "__metadata__"; `metadata` is free text under free names. The values
/// begin at a multiple of 8 bytes. Throws Error.
void write_safetensors(const std::filesystem::path& path, const std::vector<NamedArray>& arrays,
                       const std::vector<std::pair<std::string, std::string>>& metadata);

}  // namespace irmae::storage
