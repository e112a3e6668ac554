// SPDX-License-Identifier: MIT
#include "storage/seal.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <thread>
#include <vector>

#include "storage/checked_files.h"
#include "storage/error.h"
#include "storage/system/parallel_for.h"
#include "storage/system/sha256.h"

namespace irmae::storage {

namespace {

constexpr std::string_view kWord = "irmae-seal-1 ";

std::string line_of(Sha256& hash) { return fmt::format("{}{}\n", kWord, hash.hex()); }

/// Length of the file and its last line; no line where it is none of a seal.
struct LastLine {
  std::streamoff size = 0;
  std::string seal{};
};

LastLine last_line(std::ifstream& file) {
  LastLine last{file.seekg(0, std::ios::end).tellg()};
  if (!file || last.size < static_cast<std::streamoff>(kSealLength)) return last;
  std::string line(kSealLength, '\0');
  file.seekg(last.size - static_cast<std::streamoff>(kSealLength));
  if (file.read(line.data(), static_cast<std::streamsize>(line.size())) && line.starts_with(kWord)) last.seal = std::move(line);
  return last;
}

/// A large file's ends that are hashed, bytes each.
constexpr std::streamoff kEnd = std::streamoff{2} << 20;

/// Calls visit(offset, bytes) for what is hashed of a file of `size` bytes.
template <class Visit>
void each_hashed_part(std::streamoff size, Visit visit) {
  if (size <= 2 * kEnd) return visit(std::streamoff{0}, size);
  visit(std::streamoff{0}, kEnd);
  visit(size - kEnd, kEnd);
}

void add_length(Sha256& hash, std::streamoff size) {
  const std::string length = fmt::format("{}\n", size);
  hash.update(length.data(), length.size());
}

}  // namespace

std::string seal_of(std::string_view bytes) {
  const auto size = static_cast<std::streamoff>(bytes.size());
  Sha256 hash;
  add_length(hash, size);
  each_hashed_part(size, [&](std::streamoff first, std::streamoff count) {
    hash.update(bytes.data() + first, static_cast<std::size_t>(count));
  });
  return line_of(hash);
}

bool check_seal(const std::filesystem::path& path) {
  static CheckedFiles checked;
  const CheckedFiles::State state = CheckedFiles::state_of(path);
  if (checked.has(path, state)) return true;
  std::ifstream file(path, std::ios::binary);
  const auto [size, seal] = last_line(file);
  if (seal.empty()) return false;
  const std::streamoff sealed = size - static_cast<std::streamoff>(kSealLength);
  Sha256 hash;
  add_length(hash, sealed);
  std::vector<char> part;
  each_hashed_part(sealed, [&](std::streamoff first, std::streamoff count) {
    part.resize(static_cast<std::size_t>(count));
    file.seekg(first);
    if (!file.read(part.data(), count)) throw UnreadableFile(fmt::format("{}: cannot be read", path.string()));
    hash.update(part.data(), part.size());
  });
  if (line_of(hash) != seal)
    throw Error(fmt::format("{}: the file is damaged: it is not what was written (its SHA-256 has changed)", path.string()));
  checked.add(path, state);
  return true;
}

bool ends_in_seal(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return !last_line(file).seal.empty();
}

void check_seals_ahead(const std::vector<std::filesystem::path>& files) {
  parallel_for(files.size(), std::min(std::thread::hardware_concurrency(), 8U), [&](std::size_t i) {
    try {
      check_seal(files[i]);
    } catch (const std::exception&) {
      return;  // who opens it is told
    }
  });
}

}  // namespace irmae::storage
