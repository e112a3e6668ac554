// SPDX-License-Identifier: MIT
#include "storage/seal.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>
#include <vector>

#include "storage/error.h"
#include "storage/sha256.h"
#include "storage/side_by_side.h"

namespace irmae::storage {

namespace {

constexpr std::string_view kWord = "irmae-seal-1 ";

std::string line_of(Sha256& hash) { return fmt::format("{}{}\n", kWord, hash.hex()); }

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

/// A file as it was when its seal was right. A command may open the same file several times, and hashing is most of an opening.
class Checked {
 public:
  using State = std::tuple<dev_t, ino_t, off_t, time_t, long>;

  static State state_of(const std::filesystem::path& path) {
    struct stat now {};
    if (stat(path.c_str(), &now) != 0) return {};
    return {now.st_dev, now.st_ino, now.st_size, now.st_mtim.tv_sec, now.st_mtim.tv_nsec};
  }
  bool has(const std::filesystem::path& path, const State& state) {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(path);
    return found != files_.end() && found->second == state;
  }
  void add(const std::filesystem::path& path, const State& state) {
    // What was written a moment ago may be written again without another time: file systems count in milliseconds.
    if (time(nullptr) - std::get<3>(state) < 2) return;
    const std::lock_guard lock(mutex_);
    files_[path] = state;
  }

 private:
  std::mutex mutex_;
  std::map<std::filesystem::path, State> files_;
};

}  // namespace

std::string seal_of(const void* data, std::size_t bytes) {
  const auto size = static_cast<std::streamoff>(bytes);
  Sha256 hash;
  add_length(hash, size);
  each_hashed_part(size, [&](std::streamoff first, std::streamoff count) {
    hash.update(static_cast<const char*>(data) + first, static_cast<std::size_t>(count));
  });
  return line_of(hash);
}

void check_seal(const std::filesystem::path& path) {
  static Checked checked;
  const Checked::State state = Checked::state_of(path);
  if (checked.has(path, state)) return;
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file.tellg();
  if (!file || size < static_cast<std::streamoff>(kSealLength)) return;
  std::string seal(kSealLength, '\0');
  file.seekg(size - static_cast<std::streamoff>(kSealLength));
  if (!file.read(seal.data(), static_cast<std::streamsize>(seal.size())) || !seal.starts_with(kWord)) return;
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
}

void look_at_seals(const std::vector<std::filesystem::path>& files) {
  side_by_side(files.size(), std::min(std::thread::hardware_concurrency(), 8U), [&](std::size_t i) {
    try {
      check_seal(files[i]);
    } catch (const std::exception&) {
      return;  // who opens it is told
    }
  });
}

}  // namespace irmae::storage
