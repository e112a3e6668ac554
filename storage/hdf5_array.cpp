// SPDX-License-Identifier: MIT
#include "storage/hdf5_array.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "storage/error.h"
#include "storage/schema.h"

namespace irmae::storage {

NamedArray read_hdf5_array(const std::filesystem::path& path, const std::string& dataset) {
  const hdf5::Reader file(path);
  const std::string absolute = dataset.starts_with('/') ? dataset : "/" + dataset;
  if (!file.has(absolute))
    throw Error(
        fmt::format("{}: has no dataset {}; at its top are {}", path.string(), absolute, fmt::join(file.names("/"), ", ")));
  return file.array(absolute);
}

void write_hdf5_array(const std::filesystem::path& path, const std::string& kind, const LabelledArray& labelled,
                      const Attributes& notes) {
  hdf5::Writer file;
  write_kind(file, kind);
  hdf5::Group root = file.root();
  for (const auto& [name, value] : notes) root.attribute(name, value);
  for (std::size_t axis = 0; axis < labelled.dimensions.size(); ++axis)
    root.dimension(labelled.dimensions[axis], labelled.array.shape[axis]);
  root.dataset(labelled.array, labelled.dimensions, labelled.long_name, labelled.units, hdf5::Layout::compressed);
  file.commit(path);
}

}  // namespace irmae::storage
