// SPDX-License-Identifier: MIT
// A dataset's chunks: the pieces in which HDF5 stores and packs it.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace irmae::storage::hdf5 {

/// The most chunks of which a dataset may consist: HDF5 takes memory and time for each, however small it is.
inline constexpr std::uint64_t kMostChunks = 1'000'000;

struct Chunks {
  std::vector<hsize_t> shape;  ///< of the dataset, in elements
  std::vector<hsize_t> sides;  ///< of a chunk along each axis, in elements
  std::uint64_t count = 1;     ///< that cover the shape, written or not; the largest number where there are more
};

/// Of an open dataset; nothing where it is stored otherwise, or does not say how.
std::optional<Chunks> chunks_of(hid_t set);

/// How many chunks of a dataset were written; nothing where HDF5 does not know.
std::optional<std::uint64_t> written_chunks(hid_t set);

/// Reads all elements in the memory's type, as H5Dread does, but a bounded number of chunks at a time: HDF5 takes some 4 kB of
/// memory for each that it reads at once. chunks: of the dataset, which has elements. Throws as check.
void read_by_chunks(hid_t set, hid_t memory_type, const Chunks& chunks, void* values, const std::string& what);

}  // namespace irmae::storage::hdf5
