// SPDX-License-Identifier: MIT
#include "storage/hdf5/writer.h"

#include <hdf5_hl.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "storage/error.h"
#include "storage/seal.h"
#include "storage/system/files.h"

namespace irmae::storage::hdf5 {

namespace {

hid_t native_type(const NamedArray& array) {
  const hid_t types[] = {H5T_NATIVE_FLOAT, H5T_NATIVE_DOUBLE, H5T_NATIVE_INT64, H5T_NATIVE_UINT8};
  return types[array.values.index()];
}

Handle string_type(std::size_t length) {
  Handle type = checked(H5Tcopy(H5T_C_S1), H5Tclose, "string type");
  check(H5Tset_size(type.get(), std::max<std::size_t>(length, 1)), "string type");
  check(H5Tset_cset(type.get(), H5T_CSET_UTF8), "string type");
  check(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), "string type");
  return type;
}

void write_attribute(hid_t object, const std::string& name, hid_t type, const void* value) {
  const Handle space = checked(H5Screate(H5S_SCALAR), H5Sclose, "attribute " + name);
  const Handle attribute =
      checked(H5Acreate2(object, name.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, "attribute " + name);
  check(H5Awrite(attribute.get(), type, value), "attribute " + name);
}

void write_attribute(hid_t object, const std::string& name, const std::string& value) {
  // Variable length: what h5py hands out as str, not as bytes.
  const Handle type = string_type(H5T_VARIABLE);
  const char* text = value.c_str();
  write_attribute(object, name, type.get(), &text);
}

/// Chunks of at most about 512 KiB, cut along the first axis only: rows stay whole.
std::vector<hsize_t> chunk_of(const std::vector<hsize_t>& shape, std::size_t element_bytes) {
  std::vector<hsize_t> chunk = shape;
  hsize_t row = element_bytes;
  for (std::size_t axis = 1; axis < shape.size(); ++axis) row *= shape[axis];
  chunk[0] = std::clamp<hsize_t>((hsize_t{1} << 19) / row, 1, shape[0]);
  return chunk;
}

Handle creation_properties(const std::vector<hsize_t>& shape, std::size_t element_bytes, Layout layout) {
  Handle properties = checked(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "dataset properties");
  // Times of creation would make equal runs differ.
  check(H5Pset_obj_track_times(properties.get(), false), "dataset properties");
  const bool empty = shape.empty() || std::find(shape.begin(), shape.end(), 0) != shape.end();
  if (layout == Layout::plain || empty) return properties;
  const std::vector<hsize_t> chunk = chunk_of(shape, element_bytes);
  check(H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data()), "chunks");
  if (layout == Layout::compressed) {
    check(H5Pset_shuffle(properties.get()), "shuffle");
    check(H5Pset_deflate(properties.get(), 4), "deflate");
  }
  check(H5Pset_fletcher32(properties.get()), "fletcher32");
  return properties;
}

Handle make_dataset(hid_t group, const std::string& name, hid_t type, const std::vector<std::int64_t>& shape, const void* data,
                    Layout layout) {
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  const Handle space = sizes.empty()
                           ? checked(H5Screate(H5S_SCALAR), H5Sclose, name)
                           : checked(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), H5Sclose, name);
  const Handle properties = creation_properties(sizes, H5Tget_size(type), layout);
  Handle set =
      checked(H5Dcreate2(group, name.c_str(), type, space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT), H5Dclose, name);
  if (H5Sget_simple_extent_npoints(space.get()) > 0)
    check(H5Dwrite(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), name);
  return set;
}

void describe(hid_t set, const std::string& long_name, const std::string& units) {
  write_attribute(set, "long_name", long_name);
  write_attribute(set, "units", units);
}

/// Names the axes of the dataset `name` by dimensions of its group.
void attach(hid_t group, hid_t set, const std::vector<std::string>& dimensions, const std::string& name) {
  for (std::size_t axis = 0; axis < dimensions.size(); ++axis) {
    const Handle scale = checked(H5Dopen2(group, dimensions[axis].c_str(), H5P_DEFAULT), H5Dclose, dimensions[axis]);
    check(H5DSattach_scale(set, scale.get(), static_cast<unsigned>(axis)), name);
  }
}

constexpr const char* kInMemory = "irmae-in-memory.h5";  ///< HDF5 wants a name, also where there is no such file

Handle access_in_memory() {
  silence();
  Handle access = checked(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "file in memory");
  check(H5Pset_fapl_core(access.get(), std::size_t{4} << 20, /*backing_store=*/false), "file in memory");
  return access;
}

}  // namespace

Writer::Writer()
    : access_(access_in_memory()),
      file_(checked(H5Fcreate(kInMemory, H5F_ACC_TRUNC, H5P_DEFAULT, access_.get()), H5Fclose, "file in memory")) {}

Writer::Writer(const std::filesystem::path& path) : access_(access_in_memory()) {
  const bool sealed = check_seal(path);
  std::string bytes = read_text(path);
  if (sealed) bytes.resize(bytes.size() - kSealLength);
  const Handle with_image = access_in_memory();  // which keeps a copy of the file: gone once the file is open
  check(H5Pset_file_image(with_image.get(), bytes.data(), bytes.size()), path.string());
  file_ = checked(H5Fopen(kInMemory, H5F_ACC_RDWR, with_image.get()), H5Fclose, path.string());
}

Group Writer::root() { return Group(checked(H5Gopen2(file_.get(), "/", H5P_DEFAULT), H5Gclose, "/")); }

Group Writer::group(const std::string& path) {
  if (H5Lexists(file_.get(), path.c_str(), H5P_DEFAULT) > 0)
    return Group(checked(H5Gopen2(file_.get(), path.c_str(), H5P_DEFAULT), H5Gclose, path));
  const Handle links = checked(H5Pcreate(H5P_LINK_CREATE), H5Pclose, path);
  check(H5Pset_create_intermediate_group(links.get(), 1), path);
  return Group(checked(H5Gcreate2(file_.get(), path.c_str(), links.get(), H5P_DEFAULT, H5P_DEFAULT), H5Gclose, path));
}

void Writer::remove(const std::string& path) {
  if (H5Lexists(file_.get(), path.c_str(), H5P_DEFAULT) > 0) check(H5Ldelete(file_.get(), path.c_str(), H5P_DEFAULT), path);
}

void Writer::commit(const std::filesystem::path& path) {
  check(H5Fflush(file_.get(), H5F_SCOPE_GLOBAL), path.string());
  const ssize_t bytes = check(H5Fget_file_image(file_.get(), nullptr, 0), path.string());
  void* memory = nullptr;  // the core driver's own buffer: no copy of a large file
  check(H5Fget_vfd_handle(file_.get(), access_.get(), &memory), path.string());
  const std::string_view image(static_cast<const char*>(*static_cast<void**>(memory)), static_cast<std::size_t>(bytes));
  replace_file(path, image, Durability::machine, seal_of(image));
}

void Group::attribute(const std::string& name, const Scalar& value) {
  const hid_t group = handle_.get();
  if (const auto* flag = std::get_if<bool>(&value)) {
    const std::uint8_t byte = *flag ? 1 : 0;
    write_attribute(group, name, H5T_NATIVE_UINT8, &byte);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    write_attribute(group, name, H5T_NATIVE_INT64, integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    write_attribute(group, name, H5T_NATIVE_DOUBLE, real);
  } else {
    write_attribute(group, name, std::get<std::string>(value));
  }
}

void Group::attributes(const Attributes& all) {
  for (const auto& [name, value] : all) attribute(name, value);
}

void Group::dimension(const std::string& name, std::int64_t size) {
  const std::vector<float> nothing(static_cast<std::size_t>(size));
  const Handle set = make_dataset(handle_.get(), name, H5T_NATIVE_FLOAT, {size}, nothing.data(), Layout::plain);
  // netCDF's words for a dimension that has no coordinate values: xarray then makes no variable of it.
  check(H5DSset_scale(set.get(), "This is a netCDF dimension but not a netCDF variable."), name);
  describe(set.get(), "index", "1");
}

void Group::dimension(const std::string& name, const std::vector<std::int64_t>& values, const std::string& long_name) {
  const Handle set = make_dataset(handle_.get(), name, H5T_NATIVE_INT64, {static_cast<std::int64_t>(values.size())},
                                  values.data(), Layout::plain);
  check(H5DSset_scale(set.get(), name.c_str()), name);
  describe(set.get(), long_name, "1");
}

void Group::dataset(const NamedArray& array, const std::vector<std::string>& dimensions, const std::string& long_name,
                    const std::string& units, Layout layout) {
  if (dimensions.size() != array.shape.size()) throw std::logic_error("dataset " + array.name + ": a dimension an axis");
  const Handle set = std::visit(
      [&](const auto& values) {
        if (elements_of(array.shape) != static_cast<std::int64_t>(values.size()))
          throw std::logic_error("dataset " + array.name + ": shape and number of values differ");
        return make_dataset(handle_.get(), array.name, native_type(array), array.shape, values.data(), layout);
      },
      array.values);
  describe(set.get(), long_name, units);
  attach(handle_.get(), set.get(), dimensions, array.name);
}

void Group::texts(const std::string& name, const std::vector<std::string>& values, const std::string& dimension,
                  const std::string& long_name) {
  std::size_t longest = 1;
  for (const std::string& value : values) longest = std::max(longest, value.size());
  std::string bytes;
  bytes.reserve(values.size() * longest);
  for (const std::string& value : values) bytes.append(value).append(longest - value.size(), '\0');
  const Handle type = string_type(longest);
  const Handle set = make_dataset(handle_.get(), name, type.get(), {static_cast<std::int64_t>(values.size())}, bytes.data(),
                                  Layout::compressed);
  describe(set.get(), long_name, "1");
  attach(handle_.get(), set.get(), {dimension}, name);
}

void Group::text(const std::string& name, const std::string& value, const std::string& long_name) {
  const Handle type = string_type(value.size());
  const Handle set = make_dataset(handle_.get(), name, type.get(), {}, value.empty() ? "" : value.data(), Layout::plain);
  describe(set.get(), long_name, "1");
}

}  // namespace irmae::storage::hdf5
