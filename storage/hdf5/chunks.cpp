// SPDX-License-Identifier: MIT
#include "storage/hdf5/chunks.h"

#include <algorithm>
#include <limits>

#include "storage/hdf5/handle.h"

namespace irmae::storage::hdf5 {

namespace {

constexpr std::uint64_t kAtOnce = 1024;

hsize_t chunks_along(const Chunks& chunks, std::size_t axis) {
  return chunks.shape[axis] / chunks.sides[axis] + (chunks.shape[axis] % chunks.sides[axis] != 0 ? 1 : 0);
}

/// A box of at most kAtOnce whole chunks, in elements: as much as that allows of the last axis, then of the one before.
std::vector<hsize_t> box_of(const Chunks& chunks) {
  std::vector<hsize_t> box(chunks.shape.size());
  std::uint64_t left = kAtOnce;
  for (std::size_t axis = box.size(); axis-- > 0;) {
    const hsize_t taken = std::min<hsize_t>(chunks_along(chunks, axis), left);
    box[axis] = std::min(taken * chunks.sides[axis], chunks.shape[axis]);
    left = std::max<std::uint64_t>(1, left / taken);
  }
  return box;
}

}  // namespace

std::optional<Chunks> chunks_of(hid_t set) {
  const Handle properties(H5Dget_create_plist(set), H5Pclose), space(H5Dget_space(set), H5Sclose);
  if (!properties || !space || H5Pget_layout(properties.get()) != H5D_CHUNKED) return std::nullopt;
  hsize_t shape[H5S_MAX_RANK] = {}, sides[H5S_MAX_RANK] = {};
  const int axes = H5Sget_simple_extent_dims(space.get(), shape, nullptr);
  if (axes < 1 || H5Pget_chunk(properties.get(), H5S_MAX_RANK, sides) != axes) return std::nullopt;
  Chunks chunks{{shape, shape + axes}, {sides, sides + axes}};
  if (std::ranges::find(chunks.sides, hsize_t{0}) != chunks.sides.end()) return std::nullopt;
  for (std::size_t axis = 0; axis < chunks.shape.size(); ++axis)
    if (__builtin_mul_overflow(chunks.count, chunks_along(chunks, axis), &chunks.count)) {
      chunks.count = std::numeric_limits<std::uint64_t>::max();
      break;
    }
  return chunks;
}

std::optional<std::uint64_t> written_chunks([[maybe_unused]] hid_t set) {
#if H5_VERSION_GE(1, 10, 5)
  // Not H5Dget_space_status, which compares packed bytes with those that are not.
  const Handle space(H5Dget_space(set), H5Sclose);
  hsize_t count = 0;
  if (space && H5Dget_num_chunks(set, space.get(), &count) >= 0) return count;
#endif
  return std::nullopt;
}

void read_by_chunks(hid_t set, hid_t memory_type, const Chunks& chunks, void* values, const std::string& what) {
  const std::vector<hsize_t> box = box_of(chunks);
  const Handle space = checked(H5Dget_space(set), H5Sclose, what);
  std::vector<hsize_t> start(box.size(), 0), size(box.size());
  while (true) {
    for (std::size_t axis = 0; axis < box.size(); ++axis) size[axis] = std::min(box[axis], chunks.shape[axis] - start[axis]);
    check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr), what);
    // The values in memory have the dataset's shape: what is selected of one is selected of the other.
    check(H5Dread(set, memory_type, space.get(), space.get(), H5P_DEFAULT, values), what);
    std::size_t axis = box.size();
    while (axis > 0 && (start[axis - 1] += box[axis - 1]) >= chunks.shape[axis - 1]) start[--axis] = 0;
    if (axis == 0) return;
  }
}

}  // namespace irmae::storage::hdf5
