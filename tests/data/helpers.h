// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "framework/data/dataset.h"
#include "storage/formats/npy.h"
#include "tests/cell_of.h"
#include "tests/message_of.h"

namespace irmae::tests {

inline torch::Tensor bytes_of_npy(const std::filesystem::path& path) {
  const storage::NamedArray array = storage::read_npy(path);
  return torch::tensor(std::get<std::vector<std::uint8_t>>(array.values), torch::kUInt8).view(array.shape);
}

/// Text of what opening the cell's data set throws, or before it the check that a new manifest's cells go through.
inline std::string why_not_opened(const manifest::Cell& cell) {
  return message_of([&] {
    data::check(cell);
    data::open(cell);
  });
}
inline std::string why_not(const std::vector<std::string>& overrides) { return why_not_opened(cell_of(overrides)); }

}  // namespace irmae::tests
