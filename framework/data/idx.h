// SPDX-License-Identifier: MIT
// The IDX files of MNIST and its relatives: a magic number, big-endian sizes, bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace irmae::data {

struct Idx {
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> bytes;
};

/// Reads `folder`/`name` or `name`.gz, which must have `axes` axes of unsigned bytes. Throws Error naming the file: absent,
/// wrong magic number, cut short, or longer than its sizes say.
Idx read_idx(const std::filesystem::path& folder, const char* name, int axes);

}  // namespace irmae::data
