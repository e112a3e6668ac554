// SPDX-License-Identifier: MIT
#include "storage/hdf5_array.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "storage/error.h"
#include "storage/hdf5/reader.h"

namespace irmae::storage {

NamedArray read_hdf5_array(const std::filesystem::path& path, const std::string& dataset) {
  const hdf5::Reader file(path);
  const std::string absolute = dataset.starts_with('/') ? dataset : "/" + dataset;
  if (!file.has(absolute))
    throw Error(fmt::format("{}: has no dataset {}; at its top are {}", path.string(), absolute, fmt::join(file.names("/"), ", ")));
  return file.array(absolute);
}

}  // namespace irmae::storage
