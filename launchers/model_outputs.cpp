// SPDX-License-Identifier: MIT
#include "launchers/model_outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "analysis/drawing/raster.h"
#include "analysis/evaluation/evaluation.h"
#include "framework/data/pictures/image_file.h"
#include "framework/tensors.h"
#include "launchers/output_file.h"
#include "storage/error.h"
#include "storage/formats/hdf5_array.h"
#include "storage/formats/npy.h"
#include "storage/system/files.h"
#include "storage/text/file_ending.h"

namespace irmae::launchers {

namespace fs = std::filesystem;

namespace {

/// Whether an array is written there: what ends as AnnData's and netCDF's files has to be one of those.
bool is_array_output(const std::string& name) {
  const std::string ending = storage::ending_of(name);
  return ending == ".npy" || ending == ".h5" || ending == ".hdf5";
}

void write_array(const training::TrainedModel& trained, const storage::LabelledArray& labelled, const std::string& name) {
  storage::make_folder_of(name);
  if (storage::array_kind(name) == storage::ArrayKind::npy) {
    storage::write_npy(name, labelled.array);
    return;
  }
  storage::write_hdf5_array(name, labelled.array.name, labelled, {{"cell", trained.cell.name}, {"run_id", trained.id}});
}

/// Pictures of grey or three colours; others have no picture.
void check_picture(const training::TrainedModel& trained, const std::string& name) {
  if (trained.shape.size() != 3)
    throw UsageError(fmt::format("{}: the model makes vectors, not pictures: choose a .npy or .h5 file", name));
  if (trained.shape[0] != 1 && trained.shape[0] != 3)
    throw UsageError(
        fmt::format("{}: images of {} channels are no pictures: choose a .npy or .h5 file", name, trained.shape[0]));
  if (trained.has_own_scale() && trained.cell.text("data.scaling") != "range" && !trained.scaling.shown)
    throw UsageError(fmt::format(
        "{}: the model's numbers are on a scale of their own, not that of pictures: choose a .npy or .h5 file", name));
}

/// Pictures of two calls in one folder would look like those of one.
void check_without_pictures(const fs::path& folder) {
  std::error_code absent;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, absent))
    if (storage::ending_of(entry.path()) == ".png")
      throw UsageError(fmt::format("{}: holds pictures already: name another folder", folder.string()));
}

/// All of them or none: those of a call that failed, as on a full disk, would keep the same call from being made again.
void write_folder(const torch::Tensor& bytes, const fs::path& folder) {
  storage::make_folder(folder);
  // The order of the names is that of the samples, however many there are.
  const std::size_t digits = std::max(std::size_t{5}, std::to_string(bytes.size(0) - 1).size());
  const auto file = [&](std::int64_t i) { return folder / fmt::format("{:0{}}.png", i, digits); };
  std::int64_t written = 0;
  try {
    for (; written < bytes.size(0); ++written) {
      const torch::Tensor pixels = bytes[written].permute({1, 2, 0}).contiguous();
      const std::uint8_t* first = pixels.data_ptr<std::uint8_t>();
      data::write_png(file(written), {pixels.size(1), pixels.size(0), pixels.size(2), {first, first + pixels.numel()}});
    }
  } catch (...) {
    std::error_code ignored;
    for (std::int64_t i = 0; i < written; ++i) fs::remove(file(i), ignored);
    throw;
  }
}

/// Throws Error where the model made numbers that are not finite. made: [count, ...], of which each row is one `noun`.
void check_made(const torch::Tensor& made, const char* noun, const std::string& name) {
  const torch::Tensor finite = made.flatten(1).isfinite().all(1);
  if (finite.all().item<bool>()) return;
  throw Error(fmt::format(
      "{}: not written: {} {} (counted from 0) is not finite: the numbers that it is made from are too large for the "
      "model",
      name, noun, first_true(finite.logical_not())));
}

}  // namespace

void write_sheet(const torch::Tensor& bytes, const std::string& name) {
  const storage::NamedArray array = to_array("images", bytes);
  const auto columns = static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(bytes.size(0)))));
  analysis::Raster sheet = analysis::montage(&array, columns, 0);
  storage::make_folder_of(name);
  data::write_png(name, {sheet.width, sheet.height, 3, std::move(sheet.rgb)});
}

void check_image_output(const training::TrainedModel& trained, const std::string& name) {
  const std::string ending = storage::ending_of(name);
  ending.empty() ? check_output(name) : check_output_file(name);
  if (is_array_output(name)) return;
  if (!ending.empty() && ending != ".png")
    throw UsageError(
        fmt::format("{}: the ending must be .npy, .h5, .png for one sheet, or none for a folder of pictures", name));
  check_picture(trained, name);
  if (ending.empty()) check_without_pictures(name);
}

void check_code_output(const std::string& name) {
  check_output_file(name);
  if (!is_array_output(name)) throw UsageError(fmt::format("{}: the ending must be .npy or .h5", name));
}

void write_images(const training::TrainedModel& trained, const torch::Tensor& images, const std::string& name) {
  check_image_output(trained, name);  // others may have written there since
  const bool array = is_array_output(name);
  const torch::Tensor made = array ? trained.scaling.to_numbers(images) : images;
  check_made(made, "sample", name);
  if (!array) {
    const torch::Tensor bytes = evaluation::to_bytes(images, trained.scaling);
    return storage::ending_of(name).empty() ? write_folder(bytes, name) : write_sheet(bytes, name);
  }
  const bool pictures = images.dim() == 4;
  write_array(trained,
              {to_array("images", made),
               pictures ? std::vector<std::string>{"sample", "channel", "y", "x"} : std::vector<std::string>{"sample", "value"},
               "decoded codes, on the scale of the data set's numbers"},
              name);
}

void write_codes(const training::TrainedModel& trained, const torch::Tensor& codes, const std::string& name) {
  check_made(codes, "code", name);
  write_array(trained, {to_array("codes", codes), {"sample", "component"}, "code after the linear stack"}, name);
}

}  // namespace irmae::launchers
