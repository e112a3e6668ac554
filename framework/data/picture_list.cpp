// SPDX-License-Identifier: MIT
#include "framework/data/picture_list.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <memory>
#include <mutex>

#include "framework/usable_cores.h"
#include "storage/error.h"
#include "storage/files.h"
#include "storage/image_cache.h"
#include "storage/sha256.h"
#include "storage/side_by_side.h"

namespace irmae::data {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostLines = 100;

/// What went wrong with which files, in the files' order.
class Failures {
 public:
  void add(std::size_t place, std::string line) {
    const std::lock_guard lock(mutex_);
    lines_[place] = std::move(line);
  }

  void throw_if_any(const PictureList& list) const {
    if (lines_.empty()) return;
    std::string text = fmt::format("data set {}: {} of {} files cannot be used; remove or mend them:", list.set, lines_.size(),
                                   list.files.size());
    std::size_t shown = 0;
    for (const auto& [place, line] : lines_) {
      if (++shown > kMostLines) break;
      text += "\n  " + line;
    }
    if (lines_.size() > kMostLines) text += fmt::format("\n  ... and {} more", lines_.size() - kMostLines);
    throw Error(text);
  }

 private:
  std::mutex mutex_;
  std::map<std::size_t, std::string> lines_;
};

/// Everything that the decoded bytes depend on: names, sizes and times of the files, and what is done with them.
std::string source_of(const PictureList& list, Failures& failures) {
  storage::Sha256 hash;
  const auto add = [&](const std::string& text) { hash.update(text.data(), text.size() + 1); };
  add(fmt::format("1 {} {}", list.preparation, fmt::join(list.shape, "x")));
  for (std::size_t i = 0; i < list.files.size(); ++i) {
    struct stat file {};
    if (stat(list.files[i].c_str(), &file) != 0) {
      failures.add(i, list.files[i].string() + ": there is no such file");
      continue;
    }
    add(fmt::format("{} {} {}.{}", list.files[i].filename().string(), file.st_size, file.st_mtim.tv_sec, file.st_mtim.tv_nsec));
  }
  return hash.hex();
}

/// One file's bytes from interleaved channels to channel planes.
void place(const Image& image, std::uint8_t* out) {
  const auto pixels = static_cast<std::size_t>(image.width * image.height);
  const auto channels = static_cast<std::size_t>(image.channels);
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t i = 0; i < pixels; ++i) out[c * pixels + i] = image.bytes[i * channels + c];
}

void decode_all(const PictureList& list, std::uint8_t* out) {
  const auto bytes = static_cast<std::size_t>(list.shape[0] * list.shape[1] * list.shape[2]);
  Failures failures;
  storage::side_by_side(list.files.size(), static_cast<std::size_t>(usable_cores()), [&](std::size_t i) {
    try {
      const Image image = list.prepare(read_image(list.files[i]));
      if (image.channels != list.shape[0] || image.height != list.shape[1] || image.width != list.shape[2])
        throw Error(fmt::format("{}: {} x {} pixels of {} channels, but {} x {} of {} are wanted", list.files[i].string(),
                                image.width, image.height, image.channels, list.shape[2], list.shape[1], list.shape[0]));
      place(image, out + i * bytes);
    } catch (const std::exception& error) {
      const std::string text = error.what(), file = list.files[i].string();
      failures.add(i, text.find(file) == std::string::npos ? file + ": " + text : text);
    }
  });
  failures.throw_if_any(list);
}

}  // namespace

torch::Tensor pictures(const PictureList& list) {
  if (list.files.empty()) return torch::empty({0, list.shape[0], list.shape[1], list.shape[2]}, torch::kUInt8);
  Failures absent;
  const std::string source = source_of(list, absent);
  absent.throw_if_any(list);
  std::vector<std::int64_t> shape{static_cast<std::int64_t>(list.files.size())};
  shape.insert(shape.end(), list.shape.begin(), list.shape.end());
  auto bytes = std::make_shared<storage::MappedBytes>(
      storage::image_cache(storage::cache_folder() / "images" / fmt::format("{}-{:.16}.h5", list.set, source), source, shape,
                           [&](std::uint8_t* out) { decode_all(list, out); }));
  std::uint8_t* data = bytes->data();
  return torch::from_blob(
      data, shape, [bytes](void*) {}, torch::kUInt8);
}

}  // namespace irmae::data
