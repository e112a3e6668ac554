// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <vector>

#include "storage/formats/npy.h"
#include "tests/cell_of.h"

namespace irmae::tests {

inline torch::Tensor bytes_of_npy(const std::filesystem::path& path) {
  const storage::NamedArray array = storage::read_npy(path);
  return torch::tensor(std::get<std::vector<std::uint8_t>>(array.values), torch::kUInt8).view(array.shape);
}

}  // namespace irmae::tests
