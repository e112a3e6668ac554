// SPDX-License-Identifier: MIT
#include "storage/text/file_ending.h"

#include <algorithm>
#include <cctype>

namespace irmae::storage {

std::string ending_of(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return ending;
}

std::optional<ArrayKind> array_kind(const std::filesystem::path& path) {
  const std::string ending = ending_of(path);
  if (ending == ".npy") return ArrayKind::npy;
  for (const char* hdf5 : {".h5", ".hdf5", ".h5ad", ".nc"})
    if (ending == hdf5) return ArrayKind::hdf5;
  return {};
}

}  // namespace irmae::storage
