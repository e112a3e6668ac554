// SPDX-License-Identifier: MIT
#include "storage/formats/array_file.h"

#include "storage/run_layout.h"

namespace irmae::storage {

void write_array_file(const std::filesystem::path& path, const std::string& kind, const std::vector<NamedArray>& arrays) {
  hdf5::Writer file;
  write_kind(file, kind);
  write_arrays(file, "/arrays", arrays, kind, hdf5::Layout::checked);
  file.commit(path);
}

std::vector<NamedArray> read_array_file(const std::filesystem::path& path, const std::string& kind) {
  const hdf5::Reader file(path);
  check_header(file, {kind});
  return read_arrays(file, "/arrays");
}

}  // namespace irmae::storage
