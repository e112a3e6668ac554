// SPDX-License-Identifier: MIT
#include "framework/data/pictures/picture_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "framework/counted.h"
#include "framework/usable_cores.h"
#include "storage/error.h"
#include "storage/formats/image_cache.h"
#include "storage/system/files.h"
#include "storage/system/parallel_for.h"
#include "storage/system/sha256.h"

namespace irmae::data {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostLines = 100;
constexpr std::size_t kMostExamples = 2;

/// What is wrong with one file.
struct Fault {
  std::string line;    ///< with its path
  std::string size{};  ///< where that alone is wrong: "80 x 60 pixels"
};

fs::path folder() { return storage::cache_folder() / "images"; }

/// What went wrong with which files of which split.
class Failures {
 public:
  /// Of one file what is said first is kept.
  void add(std::size_t split, const fs::path& file, Fault fault) {
    const std::lock_guard lock(mutex_);
    faults_.emplace(file, std::move(fault));
    splits_.insert(split);
  }

  bool any_of(std::size_t split) const { return splits_.contains(split); }

  void throw_if_any(const std::vector<PictureList>& splits) const {
    if (faults_.empty()) return;
    const std::string& set = splits.front().set;
    const bool sizes_alone = std::ranges::all_of(faults_, [](const auto& one) { return !one.second.size.empty(); });
    if (const SizeAdvice& advice = splits.front().sizes; sizes_alone && !advice.wrong.empty())
      throw Error(fmt::format("data set {}: {} ({}): {}", set, advice.wrong, examples(advice.example), advice.way_out));
    std::size_t files = 0, shown = 0;
    for (const PictureList& list : splits) files += list.files.size();
    std::string all, text = fmt::format("data set {}: {} of {} cannot be used; remove or mend them:", set, faults_.size(),
                                        counted(files, "file"));
    for (const auto& [file, fault] : faults_) {
      all += fault.line + "\n";
      if (++shown <= kMostLines) text += "\n  " + fault.line;
    }
    if (shown > kMostLines) text += fmt::format("\n  ... and {} more; {}", shown - kMostLines, kept(set, all));
    throw Error(text);
  }

 private:
  std::string examples(const std::string& first) const {
    std::vector<std::string> shown;
    if (!first.empty()) shown.push_back(first);
    for (const auto& [file, fault] : faults_) {
      if (shown.size() == kMostExamples) break;
      shown.push_back(fmt::format("{} has {}", file.string(), fault.size));
    }
    return fmt::format("{}", fmt::join(shown, ", "));
  }

  /// Leaves the whole list in the cache, and says where.
  static std::string kept(const std::string& set, const std::string& all) {
    const fs::path path = folder() / fmt::format("{}-broken.txt", set);
    try {
      storage::make_folder(path.parent_path());
      storage::replace_file(path, all);
    } catch (const Error& error) {
      return fmt::format("the whole list could not be kept: {}", error.what());
    }
    return fmt::format("all of them are in {}", path.string());
  }

  std::mutex mutex_;
  std::map<fs::path, Fault> faults_;  ///< in the order in which people look for files: the splits are drawn by chance
  std::set<std::size_t> splits_;
};

/// Ends the making of a split's cache whose files cannot all be decoded.
class Broken {};

/// Everything that the decoded bytes depend on: places, sizes and times of the files, and what is done with them. Without their
/// folders two sets whose files have equal names, sizes and times would be taken for one.
std::string source_of(const PictureList& list, std::size_t split, Failures& failures) {
  storage::Sha256 hash;
  const auto add = [&](const std::string& text) { hash.update(text.data(), text.size() + 1); };
  std::error_code error;
  const fs::path there = fs::canonical(list.folder, error);
  add(fmt::format("3 {} {}", list.preparation, fmt::join(list.shape, "x")));
  if (!list.anywhere) add((error ? list.folder : there).string());
  for (std::size_t i = 0; i < list.files.size(); ++i) {
    struct stat file {};
    if (stat(list.files[i].c_str(), &file) != 0) {
      failures.add(split, list.files[i], {list.files[i].string() + ": there is no such file"});
      continue;
    }
    const fs::path below = list.files[i].lexically_relative(list.folder);  // empty where one is absolute and one is not
    add(fmt::format("{} {} {}.{}", (below.empty() ? list.files[i] : below).string(), file.st_size, file.st_mtim.tv_sec,
                    file.st_mtim.tv_nsec));
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

/// out: null where the pictures are only looked at.
void decode_all(const PictureList& list, std::size_t split, std::uint8_t* out, Failures& failures) {
  const auto bytes = static_cast<std::size_t>(list.shape[0] * list.shape[1] * list.shape[2]);
  storage::parallel_for(list.files.size(), static_cast<std::size_t>(usable_cores()), [&](std::size_t i) {
    std::string size;
    const auto failed = [&](const std::exception& error, const std::string& wrong_size = "") {
      const std::string text = error.what(), file = list.files[i].string();
      failures.add(split, list.files[i], {text.find(file) == std::string::npos ? file + ": " + text : text, wrong_size});
    };
    try {
      const Image picture = read_image(list.files[i]);
      size = fmt::format("{} x {} pixels", picture.width, picture.height);
      const Image image = list.prepare(picture);
      if (image.channels != list.shape[0] || image.height != list.shape[1] || image.width != list.shape[2])
        throw WrongSize(fmt::format("{}: {} x {} pixels of {}, but {} x {} of {} are wanted", list.files[i].string(),
                                    image.width, image.height, counted(image.channels, "channel"), list.shape[2], list.shape[1],
                                    list.shape[0]));
      if (out) place(image, out + i * bytes);
    } catch (const WrongSize& error) {
      failed(error, size);
    } catch (const std::exception& error) {
      failed(error);
    }
  });
}

torch::Tensor cached(const PictureList& list, std::size_t split, const std::string& source, Failures& failures) {
  std::vector<std::int64_t> shape{static_cast<std::int64_t>(list.files.size())};
  shape.insert(shape.end(), list.shape.begin(), list.shape.end());
  if (list.files.empty()) return torch::empty(shape, torch::kUInt8);
  auto bytes = std::make_shared<storage::MappedBytes>(
      storage::image_cache(folder() / fmt::format("{}-{:.16}.h5", list.set, source), source, shape, [&](std::uint8_t* out) {
        decode_all(list, split, out, failures);
        if (failures.any_of(split)) throw Broken();
      }));
  std::uint8_t* data = bytes->data();
  return torch::from_blob(
      data, shape, [bytes](void*) {}, torch::kUInt8);
}

}  // namespace

std::vector<torch::Tensor> pictures(const std::vector<PictureList>& splits) {
  Failures failures;
  std::vector<torch::Tensor> all;
  for (std::size_t split = 0; split < splits.size(); ++split) {
    const PictureList& list = splits[split];
    const std::string source = source_of(list, split, failures);
    if (failures.any_of(split)) {
      decode_all(list, split, nullptr, failures);  // what else is wrong
      continue;
    }
    try {
      all.push_back(cached(list, split, source, failures));
    } catch (const Broken&) {
      continue;  // said with what is wrong in the other splits
    }
  }
  failures.throw_if_any(splits);
  return all;
}

}  // namespace irmae::data
