// SPDX-License-Identifier: MIT
#include "storage/run_layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "storage/error.h"
#include "storage/run_file.h"
#include "storage/text/words_in.h"

namespace irmae::storage {

namespace {

NamedArray doubles(std::string name, std::vector<std::int64_t> shape, std::vector<double> values) {
  return {std::move(name), std::move(shape), std::move(values)};
}

/// A column of /metrics.
struct Column {
  const char* name;
  double EpochRecord::*member;
  const char* long_name;
  const char* units;
};

constexpr Column kColumns[] = {
    {"train_loss", &EpochRecord::train_loss, "objective, mean over the epoch's training samples", "1"},
    {"validation_loss", &EpochRecord::validation_loss, "objective, mean over the validation samples", "1"},
    {"validation_reconstruction", &EpochRecord::validation_reconstruction,
     "squared error of validation images, mean over elements", "1"},
    {"seconds", &EpochRecord::seconds, "wall time of the epoch's training", "s"},
    {"samples_per_second", &EpochRecord::samples_per_second, "training samples of all ranks", "s-1"},
};

/// Rows of equal length, or nothing: a history whose spectra do not fit each other is a mistake of the program.
std::vector<double> flattened(const std::vector<const std::vector<double>*>& rows) {
  std::vector<double> all;
  for (const auto* row : rows) {
    if (row->size() != rows.front()->size()) throw std::logic_error("spectra of different lengths in one history");
    all.insert(all.end(), row->begin(), row->end());
  }
  return all;
}

void write_spectra(hdf5::Writer& file, const History& history) {
  std::vector<const EpochRecord*> recorded;
  for (const EpochRecord& record : history)
    if (!record.covariance_spectrum.empty()) recorded.push_back(&record);
  if (recorded.empty()) return;
  hdf5::Group group = file.group("/spectrum/history");
  const auto epochs = static_cast<std::int64_t>(recorded.size());
  const auto latent = static_cast<std::int64_t>(recorded.front()->covariance_spectrum.size());
  std::vector<std::int64_t> epoch;
  std::vector<const std::vector<double>*> covariance, product, matrices;
  for (const EpochRecord* record : recorded) {
    epoch.push_back(record->epoch);
    covariance.push_back(&record->covariance_spectrum);
    if (!record->product_spectrum.empty()) product.push_back(&record->product_spectrum);
    for (const auto& matrix : record->matrix_spectra) matrices.push_back(&matrix);
  }
  group.dimension("epoch", epoch, "finished epochs");
  group.dimension("component", latent);
  group.dataset(doubles("covariance", {epochs, latent}, flattened(covariance)), {"epoch", "component"},
                "singular values of the covariance of the validation codes", "1");
  if (product.size() == recorded.size())
    group.dataset(doubles("product", {epochs, latent}, flattened(product)), {"epoch", "component"},
                  "singular values of the product W_l ... W_1", "1");
  const auto layers = static_cast<std::int64_t>(recorded.front()->matrix_spectra.size());
  if (layers == 0) return;
  group.dimension("layer", layers);
  group.dataset(doubles("matrices", {epochs, layers, latent}, flattened(matrices)), {"epoch", "layer", "component"},
                "singular values of each matrix W_i", "1");
}

/// Row `row` of the last axis of an array of doubles.
std::vector<double> row_of(const std::vector<double>& values, std::size_t row, std::size_t width) {
  const auto first = values.begin() + static_cast<std::ptrdiff_t>(row * width);
  return {first, first + static_cast<std::ptrdiff_t>(width)};
}

}  // namespace

void write_kind(hdf5::Writer& file, const std::string& kind) {
  hdf5::Group root = file.root();
  root.attribute("kind", kind);
  root.attribute("schema_version", std::int64_t{kSchemaVersion});
}

void write_header(hdf5::Writer& file, const std::string& kind, const Identity& identity) {
  hdf5::Group root = file.root();
  root.attribute("Conventions", std::string("irmae-1.0"));
  write_kind(file, kind);
  root.attribute("run_id", identity.id);
  root.attribute("cell", identity.cell);
  root.attribute("manifest", identity.manifest);
  root.attribute("scale", identity.scale);
  root.attribute("outside_id", fmt::format("{}", fmt::join(identity.outside, " ")));
  hdf5::Group config = file.group("/config");
  config.attributes(identity.parameters);
  config.text("resolved_toml", identity.resolved_toml, "every parameter, as a manifest of this one cell");
}

void check_header(const hdf5::Reader& file, std::initializer_list<std::string_view> kinds) {
  const auto version = file.attribute("/", "schema_version");
  const auto* number = std::get_if<std::int64_t>(&version);
  if (!number) throw Error(fmt::format("{}: schema_version is not a number: the file is damaged", file.path().string()));
  if (*number > kSchemaVersion)
    throw NewerFile(fmt::format("{}: written by a newer irmae (schema {}, this program reads up to {}): update irmae",
                                file.path().string(), *number, kSchemaVersion));
  const auto kind = file.attribute("/", "kind");
  const auto* word = std::get_if<std::string>(&kind);
  if (!word || std::ranges::find(kinds, *word) == kinds.end())
    throw Error(
        fmt::format("{}: holds a {}, not a {}", file.path().string(), word ? *word : "thing of unknown kind", *kinds.begin()));
}

namespace {

std::string text_attribute(const hdf5::Reader& file, const std::string& name) {
  const Scalar value = file.attribute("/", name);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  throw Error(fmt::format("{}: attribute {} is not a text: the file is damaged", file.path().string(), name));
}

}  // namespace

std::string read_id(const hdf5::Reader& file) { return text_attribute(file, "run_id"); }

Identity read_identity(const hdf5::Reader& file) {
  return {text_attribute(file, "cell"),
          read_id(file),
          text_attribute(file, "manifest"),
          file.text("/config/resolved_toml"),
          file.attributes("/config"),
          text_attribute(file, "scale"),
          words_in(text_attribute(file, "outside_id"))};
}

void write_history(hdf5::Writer& file, const History& history) {
  hdf5::Group group = file.group("/metrics");
  std::vector<std::int64_t> epoch;
  for (const EpochRecord& record : history) epoch.push_back(record.epoch);
  group.dimension("epoch", epoch, "finished epochs");
  for (const Column& column : kColumns) {
    std::vector<double> values;
    for (const EpochRecord& record : history) values.push_back(record.*column.member);
    const auto count = static_cast<std::int64_t>(values.size());
    group.dataset(doubles(column.name, {count}, std::move(values)), {"epoch"}, column.long_name, column.units);
  }
  write_spectra(file, history);
}

std::vector<double> read_finite(const hdf5::Reader& file, const std::string& dataset) {
  std::vector<double> values = read_doubles(file, dataset);
  if (!std::ranges::all_of(values, [](double value) { return std::isfinite(value); }))
    throw Error(fmt::format("{}: {} holds a number that is not finite: the file is damaged", file.path().string(), dataset));
  return values;
}

History read_history(const hdf5::Reader& file, Spectra spectra) {
  const auto damaged = [&](const std::string& what) {
    return Error(fmt::format("{}: {}: the file is damaged", file.path().string(), what));
  };
  const std::vector<std::int64_t> epochs = read_integers(file, "/metrics/epoch");
  if (std::ssize(epochs) > kMostEpochs) throw damaged("/metrics/epoch claims an absurd size");
  History history(epochs.size());
  std::map<std::int64_t, EpochRecord*> by_epoch;
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    history[i].epoch = epochs[i];
    by_epoch.try_emplace(epochs[i], &history[i]);
  }
  for (const Column& column : kColumns) {
    const std::vector<double> values = read_finite(file, std::string("/metrics/") + column.name);
    if (values.size() != epochs.size()) throw damaged(std::string("/metrics/") + column.name + " has another length");
    for (std::size_t i = 0; i < values.size(); ++i) history[i].*column.member = values[i];
  }
  if (spectra == Spectra::none || !file.has("/spectrum/history/covariance")) return history;

  const std::vector<std::int64_t> recorded = read_integers(file, "/spectrum/history/epoch");
  const std::vector<double> covariance = read_finite(file, "/spectrum/history/covariance");
  const std::vector<double> product = read_finite(file, "/spectrum/history/product");
  const std::vector<double> matrices =
      spectra == Spectra::all ? read_finite(file, "/spectrum/history/matrices") : std::vector<double>();
  const std::size_t rows = recorded.size();
  if (rows == 0 || covariance.size() % rows != 0 || (!product.empty() && product.size() != covariance.size()))
    throw damaged("/spectrum/history does not fit together");
  const std::size_t latent = covariance.size() / rows;
  if (latent == 0 || matrices.size() % (rows * latent) != 0) throw damaged("/spectrum/history does not fit together");
  const std::size_t layers = matrices.size() / (rows * latent);
  for (std::size_t row = 0; row < rows; ++row) {
    const auto found = by_epoch.find(recorded[row]);
    if (found == by_epoch.end()) throw damaged("/spectrum/history has an epoch that /metrics lacks");
    EpochRecord* record = found->second;
    record->covariance_spectrum = row_of(covariance, row, latent);
    if (!product.empty()) record->product_spectrum = row_of(product, row, latent);
    for (std::size_t layer = 0; layer < layers; ++layer)
      record->matrix_spectra.push_back(row_of(matrices, row * layers + layer, latent));
  }
  return history;
}

namespace {

template <class T>
std::vector<T> read_values(const hdf5::Reader& file, const std::string& dataset) {
  if (!file.has(dataset)) return {};
  NamedArray array = file.array(dataset);
  if (auto* values = std::get_if<std::vector<T>>(&array.values)) return std::move(*values);
  throw Error(fmt::format("{}: {} has another type than expected: the file is damaged", file.path().string(), dataset));
}

}  // namespace

std::vector<double> read_doubles(const hdf5::Reader& file, const std::string& dataset) {
  return read_values<double>(file, dataset);
}

std::vector<std::int64_t> read_integers(const hdf5::Reader& file, const std::string& dataset) {
  return read_values<std::int64_t>(file, dataset);
}

void write_arrays(hdf5::Writer& file, const std::string& group, const std::vector<NamedArray>& arrays,
                  const std::string& long_name, hdf5::Layout layout) {
  hdf5::Group target = file.group(group);
  std::set<std::string> known;
  for (const NamedArray& array : arrays) {
    std::vector<std::string> dimensions;
    for (std::size_t axis = 0; axis < array.shape.size(); ++axis) {
      dimensions.push_back(fmt::format("axis{}_{}", axis, array.shape[axis]));
      if (known.insert(dimensions.back()).second) target.dimension(dimensions.back(), array.shape[axis]);
    }
    target.dataset(array, dimensions, fmt::format("{} {}", long_name, array.name), "1", layout);
  }
}

std::vector<NamedArray> read_arrays(const hdf5::Reader& file, const std::string& group) {
  return file.arrays(group, [](const std::string& name) { return !name.starts_with("axis"); });
}

}  // namespace irmae::storage
