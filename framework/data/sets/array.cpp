// SPDX-License-Identifier: MIT
// A user's own numbers: images or plain vectors in a .npy file or in a dataset of an HDF5 file. The first axis counts the
// samples; vectors are brought to mean 0, and to variance 1 by a factor of all their values or of each.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <span>

#include "framework/counted.h"
#include "framework/data/array_scaling.h"
#include "framework/data/in_memory_dataset.h"
#include "framework/tensors.h"
#include "storage/formats/hdf5_array.h"
#include "storage/formats/npy.h"
#include "storage/system/sha256.h"
#include "storage/text/file_ending.h"

namespace irmae::data::array_set {
namespace {

namespace fs = std::filesystem;

/// The keys of a file and of the dataset in it, where it is an HDF5 file.
struct Keys {
  const char *file, *dataset;
  const char* usual;  ///< the dataset where none is named
};
constexpr Keys kSamples{"data.file", "data.dataset", "data"};

/// What to do where there is no such file. FILE.h5:DATASET is what commands take that have no keys.
std::string advice_on_absent(const fs::path& path, const Keys& keys) {
  const std::string name = path.string();
  const std::size_t colon = std::min(name.rfind(':'), name.size());
  const fs::path file = name.substr(0, colon);
  std::error_code error;
  if (colon == name.size() || storage::array_kind(file) != storage::ArrayKind::hdf5 || !fs::exists(file, error))
    return looked_for_in(path);
  return fmt::format("; write {}={} {}={}", keys.file, file.string(), keys.dataset, name.substr(colon + 1));
}

/// How NumPy makes a file that is read of one that is not; empty where that is not known.
std::string advice_on_ending(const fs::path& path) {
  const std::string ending = storage::ending_of(path), name = path.string();
  std::string array;
  if (ending == ".npz") array = fmt::format("numpy.load(\"{}\")[\"NAME\"]", name);
  if (ending == ".csv" || ending == ".tsv")
    array = fmt::format("numpy.loadtxt(\"{}\", delimiter=\"{}\", skiprows=1, usecols=range(N))", name,
                        ending == ".csv" ? "," : "\\t");
  if (array.empty()) return "";
  return fmt::format("; numpy.save(\"{}\", {}) makes one", fs::path(path).replace_extension(".npy").string(), array);
}

torch::Tensor read_tensor(const manifest::Cell& cell, const Keys& keys) {
  const fs::path path = cell.text(keys.file);
  std::error_code error;
  if (!fs::exists(path, error))
    throw Absent(fmt::format("data set array: {}: there is no such file{}", path.string(), advice_on_absent(path, keys)));
  const auto kind = storage::array_kind(path);
  if (!kind)
    throw UsageError(fmt::format("data set array: {}: the ending must be .npy, .h5, .hdf5, .h5ad or .nc{}", path.string(),
                                 advice_on_ending(path)));
  if (*kind == storage::ArrayKind::npy) return to_tensor(storage::read_npy(path));
  try {
    // A label of -1 is none, whatever stands for a missing number.
    const bool whole = &keys == &kSamples;
    return to_tensor(storage::read_hdf5_array(path, cell.text(keys.dataset), whole));
  } catch (const storage::NoSuchDataset& none) {
    throw Error(fmt::format("data set array: {}; name one: {}=PATH", none.what(), keys.dataset));
  }
}

torch::Tensor read_samples(const manifest::Cell& cell) { return read_tensor(cell, kSamples); }

/// Throws Error where these are no samples of a data set.
void check_shape(const torch::Tensor& samples, const manifest::Cell& cell) {
  if (samples.dim() >= 2 && samples.dim() <= 4 && samples.numel() > 0) return;
  const fs::path path = cell.text("data.file");
  std::string place = path.string();
  if (storage::array_kind(path) == storage::ArrayKind::hdf5) place += fmt::format(": dataset {}", cell.text("data.dataset"));
  const std::string shape = fmt::format("{}", fmt::join(samples.sizes(), " x "));
  if (samples.dim() == 0)
    throw Error(fmt::format("data set array: {} is a single number: wanted are samples x values, or samples of images", place));
  if (samples.numel() == 0)
    throw Error(
        fmt::format("data set array: {}: shape {}: holds no {}", place, shape, samples.size(0) == 0 ? "samples" : "values"));
  throw Error(fmt::format("data set array: {}: shape {} is neither samples x values nor samples of images", place, shape));
}

/// Channels come first in a network. Where an axis of 1 or 3 stands last and none stands first, they are last; where the last
/// axis is the shortest of all nobody but the user knows.
torch::Tensor channels_first(const torch::Tensor& samples, const std::string& order, const fs::path& path) {
  if (samples.dim() == 3) return samples.unsqueeze(1);
  const auto few = [](std::int64_t size) { return size == 1 || size == 3; };
  const bool last = order == "last" || (order == "auto" && few(samples.size(3)) && !few(samples.size(1)));
  if (order == "auto" && !last && !few(samples.size(1)) && samples.size(3) < samples.size(1) &&
      samples.size(3) < samples.size(2))
    throw UsageError(
        fmt::format("data set array: {}: of shape {}: set data.channels to first or last, where the channels stand",
                    path.string(), fmt::join(samples.sizes(), " x ")));
  return last ? samples.permute({0, 3, 1, 2}).contiguous() : samples;
}

/// The smallest and the largest value of all samples.
struct Extremes {
  float smallest, largest;
};

/// Throws Error where a number is none in float32.
void check_float32(const Extremes& samples, const std::string& scaling, const fs::path& path) {
  if (std::isfinite(samples.smallest) && std::isfinite(samples.largest)) return;
  throw Error(fmt::format(
      "data set array: {}: with data.scaling = \"{}\" it has numbers beyond {:.2g}, the largest of float32, in which "
      "models are trained: choose another, or divide them by one number that brings them near 1",
      path.string(), scaling, std::numeric_limits<float>::max()));
}

/// A decoder that ends in a function of bounded values cannot give others. Throws UsageError.
void check_range(const manifest::Cell& cell, const Extremes& samples, const fs::path& path) {
  const std::string output = cell.text("model.output");
  const float least = output == "sigmoid" ? 0 : -1;
  if (output == "none" || (samples.smallest >= least && samples.largest <= 1)) return;
  throw UsageError(
      fmt::format("cell {}: model.output = \"{}\" gives values in {}..1, and {} has others: set data.scaling=range, or "
                  "model.output=none{}",
                  cell.name, output, least, path.string(), cell.text("train.loss") == "bce" ? " with train.loss=mse" : ""));
}

/// A whole number that a file has for each sample.
struct PerSample {
  Keys keys;
  const char* name;  ///< of one
  std::int64_t least, most;
  const char* wanted;  ///< which numbers, in words
};
constexpr PerSample kLabels{{"data.labels", "data.labels_dataset", "labels"},
                            "label",
                            -1,
                            std::numeric_limits<std::int64_t>::max(),
                            "whole numbers from 0, -1 where there is none"};
constexpr PerSample kSplits{
    {"data.split", "data.split_dataset", "split"}, "split", 0, 1, "0 for training and 1 for validation"};

/// int64 [count], or undefined where the cell names no file of them.
torch::Tensor read_per_sample(const manifest::Cell& cell, const PerSample& what, std::int64_t count) {
  const fs::path path = cell.text(what.keys.file);
  if (path.empty()) return {};
  const torch::Tensor values = read_tensor(cell, what.keys);
  if (values.dim() != 1 || values.size(0) != count)
    throw Error(fmt::format(
        "data set array: {}: {}s {}, wanted {}", path.string(), what.name,
        values.dim() == 0 ? "are a single number" : fmt::format("have shape {}", fmt::join(values.sizes(), " x ")), count));
  const torch::Tensor whole = values.to(torch::kInt64), numbers = values.to(torch::kFloat64);
  const torch::Tensor wrong = (whole.to(torch::kFloat64) != numbers) | (whole < what.least) | (whole > what.most);
  if (wrong.any().item<bool>()) {
    const std::int64_t place = first_true(wrong);
    throw Error(fmt::format("data set array: {}: {} {} is {}: wanted are {}", path.string(), what.name, place,
                            numbers[place].item<double>(), what.wanted));
  }
  return whole.contiguous();
}

/// The samples for training and for validation as the user's splits say, both in random order as those of random_split.
std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> split_by(const torch::Tensor& splits, const std::string& file) {
  std::vector<std::int64_t> train, validation;
  const auto* held_out = splits.data_ptr<std::int64_t>();
  for (const std::int64_t i : shuffled(splits.size(0), 0, 0)) (held_out[i] == 1 ? validation : train).push_back(i);
  if (train.empty() || validation.size() < 2)
    throw Error(
        fmt::format("data set array: {}: split is 0 (training) for {} and 1 (validation) for {}; at least 1 and 2 are "
                    "needed",
                    file, counted(train.size(), "sample"), counted(validation.size(), "sample")));
  return {std::move(train), std::move(validation)};
}

/// Labels as classes 0, 1, ...
struct Classes {
  torch::Tensor of_samples{};  ///< int64 [count], -1: none; undefined: there are no labels
  std::int64_t count = 0;
  std::vector<std::string> names{};  ///< the labels; empty where they are the numbers of the classes
};

/// The labels that occur, in their order: a set with labels 0 and 900,000 has two classes.
Classes classes_of(const torch::Tensor& labels) {
  if (!labels.defined()) return {};
  const std::int64_t* first = labels.data_ptr<std::int64_t>();
  std::vector<std::int64_t> known(first, first + labels.numel());
  std::erase(known, -1);
  std::ranges::sort(known);
  known.erase(std::unique(known.begin(), known.end()), known.end());
  Classes classes{.of_samples = labels, .count = std::ssize(known)};
  if (known.empty() || known.back() == classes.count - 1) return classes;
  for (const std::int64_t label : known) classes.names.push_back(std::to_string(label));
  classes.of_samples = labels.clone();
  std::int64_t* numbers = classes.of_samples.data_ptr<std::int64_t>();
  std::for_each(numbers, numbers + labels.numel(), [&](std::int64_t& one) {
    if (one >= 0) one = std::ranges::lower_bound(known, one) - known.begin();
  });
  return classes;
}

std::string described(const fs::path& path, std::int64_t count, const std::string& digest) {
  return fmt::format("{}: {} samples, SHA-256 {:.8}", path.filename().string(), count, digest);
}

std::string look_at_array(const manifest::Cell& cell) {
  const fs::path path = cell.text("data.file");
  const torch::Tensor samples = read_samples(cell);
  return described(path, samples.dim() > 0 ? samples.size(0) : 0, digest_of({samples}));
}

/// Throws UsageError where a dataset is named that nothing would be read from.
void check_dataset(const manifest::Cell& cell, const Keys& keys) {
  const std::string &dataset = cell.text(keys.dataset), &file = cell.text(keys.file);
  if (dataset == keys.usual) return;
  const std::string named = fmt::format("cell {}: data set array: {} = \"{}\"", cell.name, keys.dataset, dataset);
  if (file.empty()) {
    const std::string& samples = cell.text(kSamples.file);
    const bool same = storage::array_kind(samples) == storage::ArrayKind::hdf5;
    throw UsageError(fmt::format("{} without a file that it lies in: set {}={}", named, keys.file, same ? samples : "FILE.h5"));
  }
  if (storage::array_kind(file) == storage::ArrayKind::npy)
    throw UsageError(fmt::format("{}, and {} = \"{}\" has no datasets: leave {} out", named, keys.file, file, keys.dataset));
}

/// The first of the training samples, where data.train_size leaves the others out.
std::span<const std::int64_t> trained_on(const std::vector<std::int64_t>& train, const manifest::Cell& cell) {
  const auto wanted = static_cast<std::size_t>(cell.integer("data.train_size"));
  return std::span(train).first(wanted > 0 ? std::min(wanted, train.size()) : train.size());
}

void check_array(const manifest::Cell& cell) {
  if (cell.text(kSamples.file).empty())
    throw UsageError(fmt::format("cell {}: data set array: set data.file to a .npy or .h5 file", cell.name));
  for (const Keys& keys : {kSamples, kLabels.keys, kSplits.keys}) check_dataset(cell, keys);
}

std::unique_ptr<Dataset> open_array(const manifest::Cell& cell) {
  const fs::path path = cell.text("data.file");
  torch::Tensor samples = read_samples(cell);
  check_shape(samples, cell);
  // Of the numbers in the file: scaled ones are rounded as the machine does it.
  const std::string content = digest_of({samples});
  if (samples.dim() > 2) samples = channels_first(samples, cell.text("data.channels"), path);
  const torch::Tensor labels = read_per_sample(cell, kLabels, samples.size(0));
  const torch::Tensor splits = read_per_sample(cell, kSplits, samples.size(0));
  Classes classes = classes_of(labels);
  const auto [train, validation] = splits.defined() ? split_by(splits, cell.text("data.split"))
                                                    : random_split(samples.size(0), cell.real("data.validation_share"));
  const std::string& wanted = cell.text("data.scaling");
  std::vector<std::string> remarks;
  if (const auto used = trained_on(train, cell); wanted == "each" && !used.empty()) {
    const auto rows = [&](std::span<const std::int64_t> indices) {
      return samples.index_select(0, torch::tensor(at::IntArrayRef(indices.data(), indices.size()), torch::kInt64));
    };
    remarks.push_back(varying_in_validation_alone(rows(used), rows(validation)));
  }
  Scaling scaling;
  std::tie(samples, scaling) = scaled(samples, trained_on(train, cell), wanted, path);
  const auto part = [&](const std::vector<std::int64_t>& indices) {
    const torch::Tensor rows = torch::tensor(indices, torch::kInt64);
    return SplitSamples{samples.index_select(0, rows),
                        labels.defined() ? classes.of_samples.index_select(0, rows) : torch::Tensor(),
                        {},
                        indices};
  };
  std::string digest = labels.defined() ? storage::sha256(content + digest_of({labels})) : content;
  if (splits.defined()) digest = storage::sha256(digest + "split" + digest_of({splits}));
  Facts facts{.classes = classes.count,
              .class_names = std::move(classes.names),
              .description = described(path, samples.size(0), content),
              .remarks = std::move(remarks),
              .digest = std::move(digest),
              .scaling = std::move(scaling)};
  if (samples.scalar_type() != torch::kUInt8) {  // bytes are within 0..1
    const Extremes extremes{samples.min().item<float>(), samples.max().item<float>()};
    check_float32(extremes, wanted, path);
    facts.check_fits = [extremes, path](const manifest::Cell& one) { check_range(one, extremes, path); };
  }
  if (samples.scalar_type() == torch::kUInt8 && samples.max().item<std::int64_t>() == 1)
    facts.remarks.emplace_back(
        "the largest byte of these images is 1, which becomes 1/255, and they are nearly black: save them times 255, or as numbers "
        "by .astype('float32')");
  if (samples.dim() == 2 && wanted != "each") facts.remarks.push_back(few_that_vary(samples));
  std::erase(facts.remarks, "");
  return std::make_unique<InMemoryDataset>(cell, part(train), part(validation), std::move(facts));
}

std::vector<manifest::Key> keys() {
  std::vector<manifest::Key> all = in_memory_keys();
  const std::vector<manifest::Key> own = {
      {.path = "data.file", .fallback = std::string(), .help = ".npy or HDF5 file; the first axis counts the samples"},
      {.path = kSamples.dataset, .fallback = std::string(kSamples.usual), .help = "the dataset's path in an HDF5 file"},
      {.path = "data.labels", .fallback = std::string(), .help = ".npy or HDF5 file of integer labels; empty: none"},
      {.path = kLabels.keys.dataset, .fallback = std::string(kLabels.keys.usual), .help = "the labels' path in an HDF5 file"},
      {.path = "data.split",
       .fallback = std::string(),
       .help = ".npy or HDF5 file with 0 for each sample that is trained on and 1 for each that is not; empty: drawn by chance",
       .newer = true},
      {.path = kSplits.keys.dataset,
       .fallback = std::string(kSplits.keys.usual),
       .help = "the splits' path in an HDF5 file",
       .newer = true},
      {.path = "data.channels",
       .fallback = std::string("auto"),
       .help = "where the channels of images stand",
       .choices = {"auto", "first", "last"}},
      {.path = "data.scaling",
       .fallback = std::string("auto"),
       .help = "auto: bytes of images become 0..1, vectors standard; standard: mean 0 for each value, variance 1 over all; "
               "each: mean 0 and variance 1 for each value; range: all to 0..1; none: as they are",
       .choices = {"auto", "standard", "each", "range", "none"}},
      validation_share_key("share of the samples that are not trained on, where no split is given")};
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

const RegisterDataset registered{{
    .choice = {.name = "array",
               .help = "your own images or vectors from a .npy or HDF5 file",
               .keys = keys(),
               .defaults = {{"model.network", std::string("auto")}, {"model.output", std::string("none")}}},
    .open = open_array,
    .check = check_array,
    .look = look_at_array,
}};

}  // namespace
}  // namespace irmae::data::array_set
