// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <fstream>
#include <string>
#include <vector>

#include "framework/manifest/manifest.h"
#include "framework/training/schema.h"
#include "storage/npy.h"
#include "tests/temporary_folder.h"

namespace irmae::tests {

/// The one cell of an empty manifest with these arguments.
inline manifest::Cell cell_of(const std::vector<std::string>& overrides) {
  const TemporaryFolder folder;
  std::ofstream(folder / "m.toml") << "";
  return manifest::load(folder / "m.toml", overrides, training::schema()).cells.at(0);
}

inline torch::Tensor bytes_of_npy(const std::filesystem::path& path) {
  const storage::NamedArray array = storage::read_npy(path);
  return torch::tensor(std::get<std::vector<std::uint8_t>>(array.values), torch::kUInt8).view(array.shape);
}

}  // namespace irmae::tests
