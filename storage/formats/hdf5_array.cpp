// SPDX-License-Identifier: MIT
#include "storage/formats/hdf5_array.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <type_traits>
#include <variant>

#include "storage/error.h"
#include "storage/run_layout.h"

namespace irmae::storage {

namespace {

constexpr std::size_t kMostShown = 20;

/// "in it are /a, /b", as a user may ask for them.
std::string inside(const hdf5::Reader& file, const std::string& group, const std::string& in_it_are) {
  std::vector<std::string> names = file.names(group);
  const std::size_t all = names.size();
  names.resize(std::min(all, kMostShown));
  for (std::string& name : names) name = (group == "/" ? "" : group) + "/" + name;
  if (all > kMostShown) names.push_back(fmt::format("... ({} in all)", all));
  return all == 0 ? "it is empty" : fmt::format("{} {}", in_it_are, fmt::join(names, ", "));
}

/// As read_hdf5_array does.
NamedArray array_in(const hdf5::Reader& file, const std::string& absolute) {
  const std::filesystem::path& path = file.path();
  if (file.is_group(absolute))
    throw NoSuchDataset(
        fmt::format("{}: {} is a group and no dataset; {}", path.string(), absolute, inside(file, absolute, "in it are")));
  if (!file.has(absolute))
    throw NoSuchDataset(fmt::format("{}: has no dataset {}; {}", path.string(), absolute, inside(file, "/", "at its top are")));
  if (const std::string why = file.without_values(absolute); !why.empty())
    throw Error(fmt::format("{}: {} {}", path.string(), absolute, why));
  if (const std::string other = file.other_than_numbers(absolute); !other.empty())
    throw Error(fmt::format("{}: {} holds {}: wanted are numbers{}", path.string(), absolute, other,
                            other == "text" ? ", such as labels by numpy.unique(labels, return_inverse=True)[1]" : ""));
  return file.array(absolute);
}

/// The number that an attribute of the dataset has; nothing where it has another thing, or a byte's, which pictures are full
/// of.
std::optional<double> number_in_attribute(const hdf5::Reader& file, const std::string& dataset, const char* name) {
  if (!file.has_attribute(dataset, name)) return {};
  try {
    const Scalar value = file.attribute(dataset, name);
    if (const auto* real = std::get_if<double>(&value)) return *real;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  } catch (const hdf5::Damaged&) {
    // several numbers, or none: nothing that netCDF writes
  }
  return {};
}

void check_whole(const hdf5::Reader& file, const std::string& dataset, const NamedArray& array) {
  for (const char* name : {"_FillValue", "missing_value"}) {
    const std::optional<double> fill = number_in_attribute(file, dataset, name);
    if (!fill) continue;
    const auto stands_for_none = [&](auto value) {
      if constexpr (std::is_same_v<decltype(value), float>) return value == static_cast<float>(*fill);
      return static_cast<double>(value) == *fill;
    };
    const auto check = [&](const auto& values) {
      const auto first = std::ranges::find_if(values, stands_for_none);
      if (first == values.end()) return;
      const std::int64_t samples = array.shape.empty() ? 1 : array.shape.front();
      throw Error(fmt::format(
          "{}: {} has {}, which stands for missing values ({}): the first is in sample {}, counted from 0; leave such "
          "samples out, or fill them in",
          file.path().string(), dataset, *fill, name, (first - values.begin()) / (elements_of(array.shape) / samples)));
    };
    std::visit(check, array.values);
  }
}

}  // namespace

NamedArray read_hdf5_array(const std::filesystem::path& path, const std::string& dataset, bool whole) {
  const hdf5::Reader file(path);
  const std::string absolute = dataset.starts_with('/') ? dataset : "/" + dataset;
  try {
    NamedArray array = array_in(file, absolute);
    if (whole) check_whole(file, absolute, array);
    return array;
  } catch (const hdf5::Damaged& damage) {
    throw Error(
        fmt::format("{}: the file is damaged, or a newer version of HDF5 wrote it than reads it here: save it by h5py with "
                    "libver='earliest', or by numpy.save as .npy",
                    damage.what_is_wrong()));
  }
}

void write_hdf5_array(const std::filesystem::path& path, const std::string& kind, const LabelledArray& labelled,
                      const Attributes& notes) {
  hdf5::Writer file;
  write_kind(file, kind);
  hdf5::Group root = file.root();
  root.attributes(notes);
  for (std::size_t axis = 0; axis < labelled.dimensions.size(); ++axis)
    root.dimension(labelled.dimensions[axis], labelled.array.shape[axis]);
  root.dataset(labelled.array, labelled.dimensions, labelled.long_name, labelled.units, hdf5::Layout::compressed);
  file.commit(path);
}

}  // namespace irmae::storage
