// SPDX-License-Identifier: MIT
// CelebA (Liu, Luo, Wang and Tang 2015) in its own layout: img_align_celeba/, list_eval_partition.txt and, where it is
// there, list_attr_celeba.txt. Centre crop 148 of 178 x 218, resized to 64 x 64 (authors' code); the crop is given for that
// width and scales with the images', so that a set at another resolution needs no other manifest.
#include <fmt/format.h>

#include <cmath>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include "framework/counted.h"
#include "framework/data/in_memory_dataset.h"
#include "framework/data/location.h"
#include "framework/data/pictures/picture_list.h"
#include "framework/data/pictures/resize.h"
#include "storage/system/files.h"
#include "storage/text/number_in.h"
#include "storage/text/words_in.h"

namespace irmae::data::celeba_set {
namespace {

namespace fs = std::filesystem;

constexpr double kWidth = 178;  ///< of the aligned images, for which data.crop is given
constexpr std::int64_t kTrain = 162'770, kValidation = 19'867, kTest = 19'962;  ///< of the original

/// As the list numbers them.
enum class Partition { train = 0, validation = 1, test = 2 };

struct Entry {
  std::string file;
  Partition partition;
};

/// Some editors begin a UTF-8 file with this mark, which is no part of the first name.
std::string without_mark(std::string text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

std::vector<Entry> read_partition(const fs::path& path) {
  std::istringstream text(without_mark(storage::read_text(path)));
  std::vector<Entry> entries;
  std::unordered_set<std::string> known;
  std::string line;
  for (std::int64_t number = 1; std::getline(text, line); ++number) {
    const std::vector<std::string> words = storage::words_in(line);
    if (words.empty()) continue;
    const int partition = words.size() < 2 ? -1 : storage::number_in<int>(words[1]).value_or(-1);
    if (partition < 0 || partition > 2 || words[0].find('/') != std::string::npos)
      throw Error(fmt::format("{}:{}: wanted a file's name and 0, 1 or 2", path.string(), number));
    if (!known.insert(words[0]).second)
      throw Error(fmt::format("{}:{}: {} stands in an earlier line too, and may be in one partition only", path.string(),
                              number, words[0]));
    entries.push_back({words[0], static_cast<Partition>(partition)});
  }
  return entries;
}

/// 40 attributes by file name, 1 or -1 in the file.
struct Attributes {
  std::vector<std::string> names;
  std::unordered_map<std::string, std::vector<std::uint8_t>> of;
};

Attributes read_attributes(const fs::path& path) {
  Attributes all;
  if (!fs::exists(path)) return all;
  std::istringstream text(storage::read_text(path));
  std::string line;
  std::getline(text, line);  // the number of images
  std::getline(text, line);
  all.names = storage::words_in(line);
  for (std::int64_t number = 3; std::getline(text, line); ++number) {
    const std::vector<std::string> words = storage::words_in(line);
    if (words.empty()) continue;
    auto& values = all.of[words[0]];
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i] != "1" && words[i] != "-1")
        throw Error(fmt::format("{}:{}: attributes are 1 or -1, and {} is neither", path.string(), number, words[i]));
      values.push_back(words[i] == "1" ? 1 : 0);
    }
    if (values.size() != all.names.size())
      throw Error(fmt::format("{}:{}: {} for {}", path.string(), number, counted(values.size(), "value"),
                              counted(all.names.size(), "attribute")));
  }
  return all;
}

/// Side of the crop in pixels of files of this width.
std::int64_t crop_for(const manifest::Cell& cell, std::int64_t width) {
  return std::lround(static_cast<double>(cell.integer("data.crop")) * static_cast<double>(width) / kWidth);
}

/// The entries of a partition; what is not used is left out, so that it is not decoded.
std::vector<Entry> used(const manifest::Cell& cell, const std::vector<Entry>& entries, Partition partition) {
  const std::int64_t wanted = cell.integer(partition == Partition::train ? "data.train_size" : "data.validation_size");
  std::vector<Entry> chosen;
  for (const Entry& entry : entries) {
    if (entry.partition != partition) continue;
    if (wanted > 0 && static_cast<std::int64_t>(chosen.size()) == wanted) break;
    chosen.push_back(entry);
  }
  return chosen;
}

PictureList list_of(const manifest::Cell& cell, const fs::path& folder, const std::vector<Entry>& entries) {
  const std::int64_t size = cell.integer("data.size");
  PictureList list{.set = "celeba",
                   .folder = folder / "img_align_celeba",
                   .anywhere = true,
                   .files = {},
                   .shape = {3, size, size},
                   .preparation = fmt::format("crop {} of {}, bilinear", cell.integer("data.crop"), kWidth),
                   .prepare = [&cell, size](const Image& image) {
                     const std::int64_t side = crop_for(cell, image.width);
                     if (side > image.width || side > image.height)
                       throw Error(fmt::format("{} x {} pixels are too few for a crop of {}", image.width, image.height, side));
                     return resize(with_channels(centre_crop(image, side, side), 3), size, size);
                   }};
  for (const Entry& entry : entries) list.files.push_back(list.folder / entry.file);
  return list;
}

/// As the lists call them.
std::vector<std::string> files_of(const std::vector<Entry>& entries) {
  std::vector<std::string> files;
  for (const Entry& entry : entries) files.push_back(entry.file);
  return files;
}

/// uint8 [entries, attributes]; undefined where the set has no list of them.
torch::Tensor values_of(const Attributes& attributes, const std::vector<Entry>& entries, const fs::path& folder) {
  if (attributes.names.empty()) return {};
  std::vector<std::uint8_t> values;
  for (const Entry& entry : entries) {
    const auto found = attributes.of.find(entry.file);
    if (found == attributes.of.end())
      throw Error(
          fmt::format("data set celeba: {} has no line for {}", (folder / "list_attr_celeba.txt").string(), entry.file));
    values.insert(values.end(), found->second.begin(), found->second.end());
  }
  return torch::tensor(values, torch::kUInt8)
      .view({static_cast<std::int64_t>(entries.size()), static_cast<std::int64_t>(attributes.names.size())});
}

/// Where the files are and which of them are used.
struct Found {
  fs::path folder;
  std::vector<Entry> train, validation;
};

Found find(const manifest::Cell& cell) {
  const fs::path folder = find_folder(cell, {"celeba", "celeba-half"}, "list_eval_partition.txt");
  if (!fs::is_directory(folder / "img_align_celeba"))
    throw Absent(fmt::format("data set celeba: {} has no folder img_align_celeba", folder.string()));
  const std::vector<Entry> entries = read_partition(folder / "list_eval_partition.txt");
  const Partition held_out = cell.text("data.held_out") == "test" ? Partition::test : Partition::validation;
  return {folder, used(cell, entries, Partition::train), used(cell, entries, held_out)};
}

/// With the files' size and the crop in their pixels.
std::string described(const manifest::Cell& cell, const Found& found) {
  std::string text = fmt::format("{}: {} + {} images", fs::canonical(found.folder).filename().string(), found.train.size(),
                                 found.validation.size());
  if (found.train.empty()) return text;
  const Image first = read_image(found.folder / "img_align_celeba" / found.train.front().file);
  return text + fmt::format(" of {} x {} pixels, crop {}", first.width, first.height, crop_for(cell, first.width));
}

std::unique_ptr<Dataset> open_celeba(const manifest::Cell& cell) {
  const Found found = find(cell);
  const Attributes attributes = read_attributes(found.folder / "list_attr_celeba.txt");
  SplitSamples train{{}, {}, values_of(attributes, found.train, found.folder), files_of(found.train)};
  SplitSamples validation{{}, {}, values_of(attributes, found.validation, found.folder), files_of(found.validation)};
  const std::vector<torch::Tensor> samples =
      pictures({list_of(cell, found.folder, found.train), list_of(cell, found.folder, found.validation)});
  train.samples = samples[0];
  validation.samples = samples[1];
  Facts facts{
      .attribute_names = attributes.names, .description = described(cell, found), .held_out = cell.text("data.held_out")};
  return std::make_unique<InMemoryDataset>(cell, std::move(train), std::move(validation), std::move(facts));
}

std::vector<manifest::Key> keys() {
  std::vector<manifest::Key> all = in_memory_keys();
  all.push_back(root_key());
  all.push_back({.path = "data.crop",
                 .fallback = std::int64_t{148},
                 .help = "side of the centre crop for images of 178 x 218; scales with the images' width",
                 .least = 1,
                 .most = 178});
  all.push_back({.path = "data.size",
                 .fallback = std::int64_t{64},
                 .help = "crops are resized to size x size",
                 .least = 1,
                 .most = 4096});
  all.push_back({.path = "data.held_out",
                 .fallback = std::string("validation"),
                 .help = "which of the list's parts is not trained on but measured",
                 .choices = {"validation", "test"}});
  return all;
}

const RegisterDataset registered{{
    .choice = {.name = "celeba",
               .help = "aligned faces, 64 x 64 x 3, with 40 attributes (section 4.2; sizes of the authors' code)",
               .keys = keys(),
               .defaults = {{"model.network", std::string("celeba")},
                            {"model.latent", std::int64_t{512}},
                            {"model.linear_layers", std::int64_t{4}},
                            {"evaluate.mixture_components", std::int64_t{10}}}},
    .open = open_celeba,
    .look = [](const manifest::Cell& cell) { return described(cell, find(cell)); },
    .extent =
        [](const manifest::Cell& cell) {
          const std::int64_t size = cell.integer("data.size");
          const bool test = cell.text("data.held_out") == "test";
          return in_memory_extent(cell, {{3, size, size}, kTrain, test ? kTest : kValidation});
        },
    .crop = crop_for,
}};

}  // namespace
}  // namespace irmae::data::celeba_set
