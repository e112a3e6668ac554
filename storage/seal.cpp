// SPDX-License-Identifier: MIT
#include "storage/seal.h"

#include <fmt/format.h>

#include <fstream>
#include <vector>

#include "storage/error.h"
#include "storage/sha256.h"

namespace irmae::storage {

namespace {

constexpr std::string_view kWord = "irmae-seal-1 ";

std::string line_of(Sha256& hash) { return fmt::format("{}{}\n", kWord, hash.hex()); }

}  // namespace

std::string seal_of(const void* data, std::size_t bytes) {
  Sha256 hash;
  hash.update(data, bytes);
  return line_of(hash);
}

void check_seal(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file.tellg();
  if (!file || size < static_cast<std::streamoff>(kSealLength)) return;
  std::string seal(kSealLength, '\0');
  file.seekg(size - static_cast<std::streamoff>(kSealLength));
  if (!file.read(seal.data(), static_cast<std::streamsize>(seal.size())) || !seal.starts_with(kWord)) return;
  Sha256 hash;
  std::vector<char> part(1 << 18);
  file.seekg(0);
  for (std::streamoff left = size - static_cast<std::streamoff>(kSealLength); left > 0;) {
    const auto now = std::min<std::streamoff>(left, static_cast<std::streamoff>(part.size()));
    if (!file.read(part.data(), now)) throw Error(fmt::format("{}: cannot be read", path.string()));
    hash.update(part.data(), static_cast<std::size_t>(now));
    left -= now;
  }
  if (line_of(hash) != seal)
    throw Error(fmt::format("{}: the file is damaged: it is not what was written (its SHA-256 has changed)", path.string()));
}

}  // namespace irmae::storage
