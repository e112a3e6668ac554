// SPDX-License-Identifier: MIT
#include "storage/formats/hdf5_array.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

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

}  // namespace

NamedArray read_hdf5_array(const std::filesystem::path& path, const std::string& dataset) {
  const hdf5::Reader file(path);
  try {
    return array_in(file, dataset.starts_with('/') ? dataset : "/" + dataset);
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
