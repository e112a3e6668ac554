// SPDX-License-Identifier: MIT
#include "launchers/model_inputs.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "framework/counted.h"
#include "framework/data/dataset.h"
#include "framework/data/in_batches.h"
#include "framework/data/pictures/image_file.h"
#include "framework/data/pictures/picture_files.h"
#include "framework/data/pictures/resize.h"
#include "framework/finite.h"
#include "framework/tensors.h"
#include "launchers/exit_status.h"
#include "storage/error.h"
#include "storage/formats/hdf5_array.h"
#include "storage/formats/npy.h"
#include "storage/text/file_ending.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

namespace {

/// FILE.h5:DATASET in its two parts; the second is empty where there is no colon behind such an ending.
std::pair<std::string, std::string> file_and_dataset(const std::string& name) {
  for (std::size_t colon = name.rfind(':'); colon != std::string::npos && colon > 0; colon = name.rfind(':', colon - 1))
    if (storage::array_kind(name.substr(0, colon)) == storage::ArrayKind::hdf5)
      return {name.substr(0, colon), name.substr(colon + 1)};
  return {name, ""};
}

bool is_array(const std::string& name) { return storage::array_kind(file_and_dataset(name).first).has_value(); }

/// One dataset of a .npy file or of FILE.h5 or FILE.h5:DATASET (`dataset` where none is named), as it is.
torch::Tensor read_array(const std::string& name, const std::string& dataset) {
  const auto [file, named] = file_and_dataset(name);
  if (storage::array_kind(file) == storage::ArrayKind::npy) return to_tensor(storage::read_npy(file));
  if (!named.empty()) return to_tensor(storage::read_hdf5_array(file, named, /*whole=*/true));
  try {
    return to_tensor(storage::read_hdf5_array(file, dataset, /*whole=*/true));
  } catch (const storage::NoSuchDataset& error) {
    throw Error(fmt::format("{}; name one: {}:DATASET", error.what(), file));
  }
}

std::string taken_by(const training::TrainedModel& trained) {
  const models::Shape& shape = trained.shape;
  if (shape.size() == 1) return fmt::format("the model takes vectors of {}: [count, {}]", counted(shape[0], "value"), shape[0]);
  return fmt::format("the model takes images of {} x {} pixels in {}: [count, {}]", shape[2], shape[1],
                     shape[0] == 1 ? "grey" : fmt::format("{} channels", shape[0]), fmt::join(shape, ", "));
}

/// Whether the channels come last in the file that the run was trained on, as its user said.
bool has_channels_last(const training::TrainedModel& trained) {
  return trained.cell.text("data.name") == "array" && trained.cell.text("data.channels") == "last";
}

/// [count, ...] in the model's layout, from that layout or from one with the channels last or absent, one sample alone
/// included; undefined where it is none of these. last: what an array is taken for that fits both ways.
torch::Tensor arranged(const torch::Tensor& array, const models::Shape& shape, bool last = false) {
  const auto is = [&](const models::Shape& one) {
    const auto sizes = array.sizes();
    return sizes.size() >= one.size() && sizes.size() <= one.size() + 1 &&
           std::equal(one.begin(), one.end(), sizes.end() - static_cast<std::ptrdiff_t>(one.size()));
  };
  const auto many = [&](std::size_t dimensions) {
    return array.dim() == static_cast<std::int64_t>(dimensions) ? array.unsqueeze(0) : array;
  };
  const bool is_last = shape.size() == 3 && is({shape[1], shape[2], shape[0]});
  if (is(shape) && !(last && is_last)) return many(shape.size());
  if (is_last) return many(3).permute({0, 3, 1, 2});
  if (shape.size() != 3) return {};
  if (shape[0] == 1 && is({shape[1], shape[2]})) return many(2).unsqueeze(1);
  return {};
}

/// Says so where numbers are hardly on the scale of those that the model was trained on: rescaled ones were within a few units.
void say_if_far(const torch::Tensor& samples, const std::string& name) {
  constexpr double kFar = 10;
  const double size = samples.to(torch::kFloat64).square().mean().sqrt().item<double>();
  if (size > kFar)
    report(fmt::format(
        "{}: its numbers are far from those of training ({:.2g} on the model's scale, as root of the mean square): they "
        "have to be on the scale of the training data's file, see irmae encode --help",
        name, size));
}

torch::Tensor samples_of(const training::TrainedModel& trained, const std::string& name) {
  const torch::Tensor array = read_array(name, "images");
  torch::Tensor samples = arranged(array, trained.shape, has_channels_last(trained));
  if (!samples.defined() || samples.size(0) == 0)
    throw Error(fmt::format("{}: has shape [{}], but {}", name, fmt::join(array.sizes(), ", "), taken_by(trained)));
  const bool bytes = samples.scalar_type() == torch::kUInt8;
  if (bytes && !trained.has_own_scale()) return samples.to(trained.precision()).div_(255);
  // Whole numbers may be larger than float32 holds: they are scaled first, as for training.
  const bool wide = samples.scalar_type() == torch::kFloat64 || samples.scalar_type() == torch::kInt64;
  samples = samples.to(wide ? torch::kFloat64 : trained.precision());
  check_finite(samples, name, "sample");
  const double least = samples.min().item<double>(), most = samples.max().item<double>();
  if (!trained.has_own_scale() && (least < 0 || most > 1))
    throw Error(
        fmt::format("{}: has values from {:.4g} to {:.4g}, but images have bytes (uint8) or numbers from 0 to 1: "
                    "bring them there first (numpy.clip)",
                    name, least, most));
  samples = trained.scaling.to_samples(samples);
  if (trained.scaling.offset.defined()) say_if_far(samples, name);
  return samples;
}

data::Image fitted(const data::Image& image, const training::TrainedModel& trained, const PictureFit& fit) {
  const models::Shape& shape = trained.shape;
  const std::int64_t crop = fit.crop > 0 ? fit.crop : data::crop_of(trained.cell, image.width);
  const std::int64_t height = shape[1], width = shape[2];
  // The largest part with the model's proportions.
  std::int64_t part_width = image.width, part_height = image.width * height / width;
  if (part_height > image.height) {
    part_height = image.height;
    part_width = image.height * width / height;
  }
  if (crop > 0) part_width = part_height = crop;
  if (part_width > image.width || part_height > image.height || part_width < 1 || part_height < 1)
    throw Error(fmt::format("{} x {} pixels are too few for a crop of {}{}", image.width, image.height, crop,
                            fit.crop > 0 ? "" : " as in training; --crop cuts another square"));
  data::Image result = data::centre_crop(image, part_width, part_height);
  if (part_width != width || part_height != height) result = data::resize(result, width, height);
  return data::with_channels(result, shape[0]);
}

/// uint8 [channels, height, width], of the picture in the file `path`.
torch::Tensor picture_of(const training::TrainedModel& trained, data::Image image, const fs::path& path,
                         const PictureFit& fit) {
  const models::Shape& shape = trained.shape;
  if (fit.fit) {
    try {
      image = fitted(image, trained, fit);
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}", path.string(), error.what()));
    }
  }
  if (models::Shape{image.channels, image.height, image.width} != shape)
    throw Error(fmt::format("{}: has {} x {} pixels in {}, but {}; --fit crops and resizes pictures", path.string(),
                            image.width, image.height,
                            image.channels == 1 ? "grey" : fmt::format("{} channels", image.channels), taken_by(trained)));
  return torch::from_blob(image.bytes.data(), {shape[1], shape[2], shape[0]}, torch::kUInt8).permute({2, 0, 1}).clone();
}

void append_pictures(const fs::path& folder, std::vector<fs::path>& pictures) {
  const data::FoundPictures found = data::pictures_below(folder);
  if (found.files.empty()) throw Error(found.why_none(folder));
  if (const std::string others = found.what_is_left_out(); !others.empty()) report(folder.string() + ": " + others);
  pictures.insert(pictures.end(), found.files.begin(), found.files.end());
}

/// Pictures that cannot be read: all are named at once, so that they can be mended at once.
class UnreadPictures {
 public:
  /// Reads one; nothing where that fails.
  std::optional<data::Image> read(const fs::path& path) {
    ++asked_for_;
    try {
      return data::read_image(path);
    } catch (const Error& error) {
      lines_.emplace_back(error.what());
      return std::nullopt;
    }
  }

  bool any() const { return !lines_.empty(); }

  void throw_if_any() const {
    constexpr std::size_t kMostLines = 100;
    if (!any()) return;
    if (lines_.size() == 1) throw Error(lines_.front());
    std::string text =
        fmt::format("{} of {} cannot be read; remove or mend them:", lines_.size(), counted(asked_for_, "picture"));
    for (std::size_t i = 0; i < std::min(lines_.size(), kMostLines); ++i) text += "\n  " + lines_[i];
    if (lines_.size() > kMostLines) text += fmt::format("\n  ... and {} more", lines_.size() - kMostLines);
    throw Error(text);
  }

 private:
  std::vector<std::string> lines_;
  std::size_t asked_for_ = 0;
};

}  // namespace

std::string file_of_input(const std::string& name) { return file_and_dataset(name).first; }

void for_each_batch(const training::TrainedModel& trained, const std::vector<std::string>& inputs, const PictureFit& fit,
                    const std::function<void(const torch::Tensor&)>& take) {
  constexpr auto kPictures = static_cast<std::size_t>(kBatchRows);
  std::vector<fs::path> pictures;
  UnreadPictures unread;
  const auto flush = [&](std::size_t least) {
    while (!pictures.empty() && pictures.size() >= least) {
      const std::size_t count = std::min(pictures.size(), kPictures);
      std::vector<torch::Tensor> batch;
      for (std::size_t i = 0; i < count; ++i)
        if (std::optional<data::Image> image = unread.read(pictures[i]))
          batch.push_back(picture_of(trained, std::move(*image), pictures[i], fit));
      if (!unread.any()) take(torch::stack(batch).to(trained.precision()).div_(255));
      pictures.erase(pictures.begin(), pictures.begin() + static_cast<std::ptrdiff_t>(count));
    }
  };
  for (const std::string& input : inputs) {
    std::error_code error;
    const bool folder = fs::is_directory(input, error), picture = !folder && data::is_picture(input);
    if (!folder && !picture && !is_array(input))
      throw fs::exists(input, error)
          ? Error(fmt::format("{}: neither an array (.npy, .h5) nor a picture (.jpg, .png) nor a folder of pictures", input))
          : Error(fmt::format("{}: there is no such file or folder", input));
    if (folder || picture) {
      if (trained.shape.size() != 3 || (trained.shape[0] != 1 && trained.shape[0] != 3))
        throw Error(fmt::format("{}: pictures do not fit: {}", input, taken_by(trained)));
      if (trained.has_own_scale())
        throw Error(
            fmt::format("{}: pictures do not fit: the model's numbers are on a scale of their own: give it an array", input));
    }
    if (folder) append_pictures(input, pictures);
    if (picture) pictures.emplace_back(input);
    if (folder || picture) {
      flush(kPictures);
      continue;
    }
    flush(0);
    unread.throw_if_any();
    take(samples_of(trained, input));
  }
  flush(0);
  unread.throw_if_any();
}

torch::Tensor read_codes(const training::TrainedModel& trained, const std::string& name) {
  if (!is_array(name)) throw Error(fmt::format("{}: codes are read from .npy and .h5 files", name));
  const torch::Tensor array = read_array(name, "codes");
  const torch::Tensor codes = arranged(array, {trained.latent()});
  if (!codes.defined() || codes.size(0) == 0)
    throw Error(fmt::format("{}: has shape [{}], but the model takes codes of {}: [count, {}]", name,
                            fmt::join(array.sizes(), ", "), counted(trained.latent(), "value"), trained.latent()));
  const torch::Tensor real = codes.to(trained.precision());
  check_finite(real, name, "code");
  return real;
}

}  // namespace irmae::launchers
