// SPDX-License-Identifier: MIT
// A user's own pictures: every JPEG and PNG file at or below a folder, and optionally a table (CSV) with the columns file,
// label and split. Cropped to the largest centred square and resized, or taken as they are where all are of one size.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <optional>
#include <unordered_set>

#include "framework/counted.h"
#include "framework/data/in_memory_dataset.h"
#include "framework/data/pictures/picture_files.h"
#include "framework/data/pictures/picture_list.h"
#include "framework/data/pictures/picture_table.h"
#include "framework/data/pictures/real_names.h"
#include "framework/data/pictures/resize.h"
#include "framework/usable_cores.h"
#include "storage/system/parallel_for.h"
#include "storage/text/number_in.h"
#include "storage/text/utf8.h"

namespace irmae::data::images_set {
namespace {

namespace fs = std::filesystem;

PictureSelection in_folder(const fs::path& folder) {
  const FoundPictures found = pictures_below(folder);
  if (found.files.empty()) throw Error("data set images: " + found.why_none(folder));
  PictureSelection all;
  for (const fs::path& file : found.files) all.pictures.push_back({file.lexically_relative(folder)});
  all.remark = found.what_is_left_out();
  return all;
}

/// Splits of the pictures for which none is given are drawn by chance, the same for every seed.
void complete_splits(std::vector<Picture>& all, double validation_share) {
  std::vector<Picture*> open;
  for (Picture& picture : all)
    if (!picture.split) open.push_back(&picture);
  const auto [train, validation] = random_split(static_cast<std::int64_t>(open.size()), validation_share);
  for (const std::int64_t i : train) open[static_cast<std::size_t>(i)]->split = Split::train;
  for (const std::int64_t i : validation) open[static_cast<std::size_t>(i)]->split = Split::validation;
}

/// channels 0: those of the picture.
Image prepared(const Image& image, std::int64_t size, std::int64_t crop, std::int64_t channels) {
  if (size == 0 && crop == 0) return channels == 0 ? image : with_channels(image, channels);
  const std::int64_t side = crop > 0 ? crop : std::min(image.width, image.height);
  if (side > image.width || side > image.height)
    throw WrongSize(fmt::format("{} x {} pixels are too few for a crop of {}", image.width, image.height, side));
  Image result = centre_crop(image, side, side);
  if (size > 0 && size != side) result = resize(result, size, size);
  return channels == 0 ? result : with_channels(result, channels);
}

/// What all pictures have to look like.
struct Example {
  fs::path file{};
  Image image{1, 1, 3, {}};
};

/// The first picture that can be used. Where none can, anything: all will be named.
template <class Prepare>
Example first_sound(const std::vector<Picture>& all, const fs::path& folder, const Prepare& prepare) {
  for (const Picture& picture : all) {
    try {
      return {folder / picture.file, prepare(read_image(folder / picture.file))};
    } catch (const Error&) {
      continue;  // named with the others
    }
  }
  return {};
}

/// For pictures whose size does not fit.
SizeAdvice advice_on_sizes(const Example& example, std::int64_t size, std::int64_t crop) {
  if (crop > 0)
    return {.wrong = fmt::format("some pictures are smaller than data.crop = {}", crop),
            .way_out = size > 0 ? "lower data.crop, or leave it out: the largest square of each is cut then"
                                : "lower data.crop, or set data.size in its place: the largest square of each is cut and "
                                  "brought to size x size"};
  return {.wrong = "the pictures differ in size",
          .example = fmt::format("{} has {} x {} pixels", example.file.string(), example.image.width, example.image.height),
          .way_out = "set data.size, to which the largest square of each is brought, or that of data.crop"};
}

/// Of a label that is one, "10" or "2.5".
std::optional<double> number_of(const std::string& label) {
  const auto number = storage::number_in<double>(label);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

/// The number of each label. Labels that are all numbers are in the order of their values, others in that of their texts.
std::map<std::string, std::int64_t> classes_of(const std::vector<Picture>& all) {
  std::map<std::string, double> values;
  bool numbers = true;
  for (const Picture& picture : all) {
    if (picture.label.empty()) continue;
    const std::optional<double> value = number_of(picture.label);
    numbers = numbers && value;
    values.emplace(picture.label, value.value_or(0));
  }
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [label, value] : values) order.emplace_back(numbers ? value : 0, label);
  std::ranges::sort(order);
  std::map<std::string, std::int64_t> classes;
  for (std::size_t i = 0; i < order.size(); ++i) classes.emplace(order[i].second, static_cast<std::int64_t>(i));
  return classes;
}

/// 3 where any file has colours. Of many pictures in colour the first one that is grey must not turn all others grey.
std::int64_t channels_of_all(const std::vector<Picture>& all, const fs::path& folder) {
  std::atomic<bool> colours = false;
  storage::parallel_for(all.size(), static_cast<std::size_t>(usable_cores()), [&](std::size_t i) {
    if (!colours && stored_channels(folder / all[i].file) == 3) colours = true;
  });
  return colours ? 3 : 1;
}

/// The pictures below data.folder that the table, or without one the folder, names.
PictureSelection find(const manifest::Cell& cell) {
  const fs::path folder = cell.text("data.folder"), labels = cell.text("data.labels");
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Absent(fmt::format("data set images: {}: there is no such folder{}", folder.string(), looked_for_in(folder)));
  if (!labels.empty() && !fs::exists(labels, error))
    throw Absent(fmt::format("data set images: {}: there is no such file{}", labels.string(), looked_for_in(labels)));
  PictureSelection all = labels.empty() ? in_folder(folder) : pictures_in_table(labels, folder);
  if (all.pictures.empty()) throw Error(fmt::format("data set images: {}: names no file", labels.string()));
  const auto refuse = [&](const char* consequence) {
    throw Error(
        fmt::format("data set images: {}: the table is not UTF-8, so that {}: save it as UTF-8", labels.string(), consequence));
  };
  for (const Picture& picture : all.pictures) {
    if (!labels.empty() && !storage::is_utf8(picture.file.native()) && !fs::exists(folder / picture.file, error))
      refuse("a file that it names is not found");
    if (!storage::is_utf8(picture.label)) refuse("a label in it cannot be read");
  }
  return all;
}

/// "2 pictures in the folder are not in t.csv (p/1.png, ...)"; empty where the table names all of them, or the folder, of which
/// nothing else is asked, cannot be listed.
std::string not_in_table(const PictureSelection& named, const fs::path& folder, const fs::path& table) {
  std::vector<fs::path> in_table, others;
  for (const Picture& picture : named.pictures) in_table.push_back(folder / picture.file);
  for (const fs::path& file : named.unused) in_table.push_back(folder / file);
  try {
    others = pictures_below(folder).files;
  } catch (const Error&) {
    return "";
  }
  const auto leave_out_named = [&](const auto& name_of) {
    std::unordered_set<std::string> known;
    for (const fs::path& file : in_table) known.insert(name_of(file));
    std::erase_if(others, [&](const fs::path& file) { return known.contains(name_of(file)); });
  };
  leave_out_named([](const fs::path& file) { return file.lexically_normal().native(); });
  if (others.empty()) return "";
  RealNames names("");  // of paths that begin with the folder: the table may name a picture through a link
  leave_out_named([&](const fs::path& file) { return names.of(file); });
  if (others.empty()) return "";
  const bool one = others.size() == 1;
  return fmt::format("{} in the folder {} not in {} ({}{})", counted(others.size(), "picture"), one ? "is" : "are",
                     table.string(), others.front().string(), one ? "" : ", ...");
}

std::string described(const std::vector<Picture>& all, const fs::path& folder) {
  std::uintmax_t bytes = 0;
  for (const Picture& picture : all) {
    std::error_code absent;  // named when it is read
    const std::uintmax_t size = fs::file_size(folder / picture.file, absent);
    if (!absent) bytes += size;
  }
  return fmt::format("{} files, {} bytes", all.size(), bytes);
}

void check_images(const manifest::Cell& cell) {
  if (cell.text("data.folder").empty())
    throw UsageError(fmt::format("cell {}: data set images: set data.folder to the folder of the pictures", cell.name));
  if (cell.integer("data.channels") == 2)
    throw UsageError(fmt::format("cell {}: data.channels = 2: pictures have 1 (grey) or 3 (colours)", cell.name));
}

std::unique_ptr<Dataset> open_images(const manifest::Cell& cell) {
  const fs::path folder = cell.text("data.folder");
  PictureSelection found = find(cell);
  std::vector<std::string> remarks = {std::move(found.remark)};
  if (const fs::path table = cell.text("data.labels"); !table.empty()) remarks.push_back(not_in_table(found, folder, table));
  std::erase(remarks, "");
  std::vector<Picture> all = std::move(found.pictures);
  complete_splits(all, cell.real("data.validation_share"));

  const std::int64_t size = cell.integer("data.size"), crop = cell.integer("data.crop");
  const std::int64_t wanted = cell.integer("data.channels");
  const auto prepare = [=](const Image& image) { return prepared(image, size, crop, wanted); };
  const Example example = first_sound(all, folder, prepare);
  const std::vector<std::int64_t> shape{
      wanted == 0 && example.image.channels == 1 ? channels_of_all(all, folder) : example.image.channels, example.image.height,
      example.image.width};
  const std::map<std::string, std::int64_t> classes = classes_of(all);
  std::vector<std::string> names(classes.size());
  for (const auto& [label, number] : classes) names[static_cast<std::size_t>(number)] = label;

  // Files lie sorted, often by class, and the first thousand shall stand for all of them.
  std::vector<Picture> mixed;
  for (const std::int64_t i : shuffled(static_cast<std::int64_t>(all.size()), 0, 0))
    mixed.push_back(std::move(all[static_cast<std::size_t>(i)]));
  all = std::move(mixed);

  std::vector<PictureList> lists;
  std::vector<SplitSamples> parts;
  for (const Split split : {Split::train, Split::validation}) {
    PictureList list{.set = "images",
                     .folder = folder,
                     .files = {},
                     .shape = shape,
                     .preparation = fmt::format("upright, crop {} size {}, bilinear", crop, size),
                     .prepare = [=, channels = shape[0]](const Image& image) { return prepared(image, size, crop, channels); },
                     .sizes = advice_on_sizes(example, size, crop)};
    std::vector<std::int64_t> numbers;
    std::vector<std::string> files;
    for (const Picture& picture : all) {
      if (picture.split != split) continue;
      list.files.push_back(folder / picture.file);
      files.push_back(storage::printable(picture.file.string()));
      numbers.push_back(picture.label.empty() ? -1 : classes.at(picture.label));
    }
    lists.push_back(std::move(list));
    parts.push_back({{}, torch::tensor(numbers, torch::kInt64), {}, std::move(files)});
  }
  const std::vector<torch::Tensor> samples = pictures(lists);
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i].samples = samples[i];
  Facts facts{.classes = std::ssize(names),
              .class_names = std::move(names),
              .description = described(all, folder),
              .remarks = std::move(remarks)};
  return std::make_unique<InMemoryDataset>(cell, std::move(parts[0]), std::move(parts[1]), std::move(facts));
}

std::vector<manifest::Key> keys() {
  std::vector<manifest::Key> all = in_memory_keys();
  const std::vector<manifest::Key> own = {
      {.path = "data.folder",
       .fallback = std::string(),
       .help = "folder of the pictures; those in its subfolders belong to it"},
      {.path = "data.labels",
       .fallback = std::string(),
       .help = "table (CSV) with the columns file, label and split (train, validation, unused); empty: every picture"},
      {.path = "data.crop",
       .fallback = std::int64_t{0},
       .help = "side of the centre crop; 0: the largest square",
       .least = 0,
       .most = 65536},
      {.path = "data.size",
       .fallback = std::int64_t{0},
       .help = "crops are resized to size x size; 0 with no crop: as they are, all of one size",
       .least = 0,
       .most = 4096},
      {.path = "data.channels",
       .fallback = std::int64_t{0},
       .help = "1 grey, 3 colours, 0: grey where all pictures are",
       .least = 0,
       .most = 3},
      validation_share_key("share of the samples that are not trained on, where no split is given")};
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

const RegisterDataset registered{{
    .choice = {.name = "images",
               .help = "your own JPEG and PNG files",
               .keys = keys(),
               .defaults = {{"model.network", std::string("auto")}}},
    .open = open_images,
    .check = check_images,
    .look = [](const manifest::Cell& cell) { return described(find(cell).pictures, cell.text("data.folder")); },
    .crop = [](const manifest::Cell& cell, std::int64_t /*width*/) { return cell.integer("data.crop"); },
}};

}  // namespace
}  // namespace irmae::data::images_set
