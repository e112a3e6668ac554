// SPDX-License-Identifier: MIT
// Well-formed HDF5 files of any content. A sound run or checkpoint is opened, and the input's bytes say what is taken out of it
// and what is put in its place: what a stranger can do with h5py in ten lines.
#include <hdf5_hl.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "storage/error.h"
#include "storage/hdf5/handle.h"
#include "storage/run_file.h"
#include "storage/seal.h"
#include "storage/system/files.h"
#include "tests/fuzz/small_files.h"
#include "tests/fuzz/targets.h"

namespace irmae::tests::fuzz {

namespace {

using storage::hdf5::Handle;

/// The input as an endless row of choices; zeros after its end.
class Choices {
 public:
  explicit Choices(Bytes bytes) : bytes_(bytes) {}
  bool any() const { return next_ < bytes_.size(); }
  unsigned byte() { return any() ? static_cast<unsigned char>(bytes_[next_++]) : 0; }
  template <class T, std::size_t n>
  const T& of(const T (&list)[n]) {
    return list[byte() % n];
  }

 private:
  Bytes bytes_;
  std::size_t next_ = 0;
};

constexpr const char* kObjects[] = {"/config",
                                    "/config/resolved_toml",
                                    "/provenance",
                                    "/metrics",
                                    "/metrics/epoch",
                                    "/metrics/train_loss",
                                    "/metrics/seconds",
                                    "/latents/train",
                                    "/latents/train/z",
                                    "/latents/train/labels",
                                    "/latents/train/index",
                                    "/latents/validation/z",
                                    "/spectrum/final/covariance",
                                    "/spectrum/final/product",
                                    "/spectrum/final/matrices",
                                    "/spectrum/history/epoch",
                                    "/spectrum/history/covariance",
                                    "/spectrum/history/product",
                                    "/spectrum/history/matrices",
                                    "/weights",
                                    "/weights/w",
                                    "/samples/originals",
                                    "/samples/reconstructions",
                                    "/evaluation",
                                    "/evaluation/fid",
                                    "/evaluation/fid/values",
                                    "/state",
                                    "/state/epoch_sums",
                                    "/tensors",
                                    "/tensors/values",
                                    "/notes",
                                    "/arrays",
                                    "/arrays/a"};
constexpr const char* kAttributes[] = {"schema_version", "kind",         "run_id",       "cell",   "manifest",
                                       "scale",          "complete",     "epoch",        "step",   "world_size",
                                       "bucket_plan",    "wall_seconds", "model.method", "reason", "CLASS"};
constexpr hsize_t kSizes[] = {0, 1, 2, 3, 7, 64, 1000, 65536, 1 << 20, hsize_t{1} << 31, hsize_t{1} << 40, hsize_t{1} << 61};
constexpr hssize_t kMostWritten = 1 << 12;  ///< values: more take HDF5 milliseconds
constexpr std::size_t kLengths[] = {1, 8, 300, 1 << 16, 1 << 30};
constexpr double kNumbers[] = {0.0, 1.0, -1.0, 1e300, 3e9, std::numeric_limits<double>::quiet_NaN()};

Handle any_type(Choices& choices) {
  const hid_t plain[] = {H5T_NATIVE_FLOAT, H5T_NATIVE_DOUBLE, H5T_NATIVE_INT64,   H5T_NATIVE_UINT8,
                         H5T_NATIVE_INT8,  H5T_STD_I32BE,     H5T_NATIVE_LDOUBLE, H5T_NATIVE_UINT64,
                         H5T_STD_REF_OBJ,  H5T_STD_B64LE,     H5T_IEEE_F64BE,     H5T_UNIX_D32LE};
  const unsigned kind = choices.byte() % 8;
  if (kind < 4) return {H5Tcopy(choices.of(plain)), H5Tclose};
  if (kind == 4 || kind == 5) {
    Handle text(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(text.get(), kind == 4 ? H5T_VARIABLE : choices.of(kLengths));
    return text;
  }
  if (kind == 6) {
    const Handle element(H5Tcopy(choices.of(plain)), H5Tclose);
    return {H5Tvlen_create(element.get()), H5Tclose};
  }
  Handle record(H5Tcreate(H5T_COMPOUND, 16), H5Tclose);
  H5Tinsert(record.get(), "a", 0, H5T_NATIVE_DOUBLE);
  return record;
}

Handle any_space(Choices& choices) {
  const unsigned kind = choices.byte() % 8;
  if (kind == 0) return {H5Screate(H5S_NULL), H5Sclose};
  if (kind < 3) return {H5Screate(H5S_SCALAR), H5Sclose};
  hsize_t sizes[12], most[12];
  const int axes = kind < 7 ? static_cast<int>(kind) - 2 : 12;
  for (int axis = 0; axis < axes; ++axis) {
    sizes[axis] = choices.of(kSizes);
    most[axis] = choices.byte() % 4 == 0 ? H5S_UNLIMITED : sizes[axis];
  }
  return {H5Screate_simple(axes, sizes, most), H5Sclose};
}

Handle any_layout(Choices& choices, hid_t space) {
  Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  hsize_t sizes[H5S_MAX_RANK] = {};
  const int axes = H5Sget_simple_extent_dims(space, sizes, nullptr);
  const unsigned kind = choices.byte() % 6;
  if (kind == 0) H5Pset_layout(properties.get(), H5D_COMPACT);
  // Values that lie elsewhere. What is written below reaches those files: they must be this test's own.
  if (kind == 1) H5Pset_external(properties.get(), scratch_file("outside", {}).c_str(), 0, H5F_UNLIMITED);
  if (kind == 2) H5Pset_virtual(properties.get(), space, scratch_file("outside.h5", {}).c_str(), "/x", space);
  if (kind >= 3 && axes > 0) {
    for (int axis = 0; axis < axes; ++axis) sizes[axis] = std::max<hsize_t>(1, std::min(sizes[axis], choices.of(kSizes)));
    H5Pset_chunk(properties.get(), axes, sizes);
    const unsigned filters = choices.byte();
    if (filters & 1) H5Pset_shuffle(properties.get());
    if (filters & 2) H5Pset_deflate(properties.get(), 9);
    if (filters & 4) H5Pset_fletcher32(properties.get());
    // Not scale-offset and n-bit: HDF5 1.10.8 reads beyond its memory when it writes with them; such values are refused.
  }
  return properties;
}

void put_dataset(hid_t file, const char* path, Choices& choices) {
  const Handle type = any_type(choices), space = any_space(choices);
  const Handle properties = any_layout(choices, space.get());
  const Handle parents(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(parents.get(), 1);
  // Space in the file only for what is written: a size costs nothing to claim.
  const Handle set(H5Dcreate2(file, path, type.get(), space.get(), parents.get(), properties.get(), H5P_DEFAULT), H5Dclose);
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  const H5T_class_t kind = H5Tget_class(type.get());
  const bool number = kind == H5T_FLOAT || kind == H5T_INTEGER;
  if (set && number && count > 0 && count <= kMostWritten) {
    const std::vector<double> values(static_cast<std::size_t>(count), static_cast<double>(choices.byte()));
    H5Dwrite(set.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  }
  if (set && choices.byte() % 8 == 0) H5DSset_scale(set.get(), "dimension");
}

void put_attribute(hid_t file, const char* path, Choices& choices) {
  const char* name = choices.of(kAttributes);
  const char* object = choices.byte() % 2 ? "/" : path;
  H5Adelete_by_name(file, object, name, H5P_DEFAULT);
  const Handle type = any_type(choices), space = any_space(choices);
  if (!space || H5Sget_simple_extent_npoints(space.get()) > 100 || H5Tget_size(type.get()) > (1 << 16)) return;
  const Handle attribute(H5Acreate_by_name(file, object, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                         H5Aclose);
  const double value = choices.of(kNumbers);
  if (attribute && H5Sget_simple_extent_npoints(space.get()) == 1) H5Awrite(attribute.get(), H5T_NATIVE_DOUBLE, &value);
}

void put_link(hid_t file, const char* path, Choices& choices) {
  switch (choices.byte() % 4) {
    case 0:
      H5Lcreate_soft(choices.of(kObjects), file, path, H5P_DEFAULT, H5P_DEFAULT);
      break;
    case 1:
      H5Lcreate_hard(file, "/", file, path, H5P_DEFAULT, H5P_DEFAULT);  // a folder in itself
      break;
    case 2:
      H5Lcreate_external("other.h5", choices.of(kObjects), file, path, H5P_DEFAULT, H5P_DEFAULT);
      break;
    default:
      H5Lcreate_hard(file, choices.of(kObjects), file, path, H5P_DEFAULT, H5P_DEFAULT);
  }
}

}  // namespace

void run_content(Bytes input) {
  Choices choices(input);
  storage::hdf5::silence();
  const std::string path = scratch_file("run.h5", choices.byte() % 2 ? small_run() : small_checkpoint());
  scratch_file("other.h5", small_run());
  {
    const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    if (!file) broken("the sound file does not open");
    for (int changes = 0; choices.any() && changes < 16; ++changes) {
      const char* object = choices.of(kObjects);
      const unsigned kind = choices.byte() % 4;
      if (kind == 3) {
        put_attribute(file.get(), object, choices);
        continue;
      }
      H5Ldelete(file.get(), object, H5P_DEFAULT);
      if (kind == 1) put_dataset(file.get(), object, choices);
      if (kind == 2) put_link(file.get(), object, choices);
    }
  }
  // A sealed one is not tried by a copy of the process first: what is met is met here, and many times as fast.
  const std::string bytes = storage::read_text(path);
  std::ofstream(path, std::ios::binary | std::ios::app) << storage::seal_of(bytes);
  read_everything(path);
}

}  // namespace irmae::tests::fuzz
