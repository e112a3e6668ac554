// SPDX-License-Identifier: MIT
// The parts that run.h5, metrics.h5 and checkpoint.h5 have in common. For the storage layer's own files only.
#pragma once

#include <filesystem>
#include <string>

#include "storage/hdf5/reader.h"
#include "storage/hdf5/writer.h"
#include "storage/record.h"

namespace irmae::storage {

/// What a file of this program says of itself, first of all: what it holds, and by which schema.
void write_kind(hdf5::Writer& file, const std::string& kind);

/// Root attributes and /config.
void write_header(hdf5::Writer& file, const std::string& kind, const Identity& identity);

/// Throws Error: not irmae's, another kind than one of `kinds` (separated by '|'), or a newer schema.
void check_header(const hdf5::Reader& file, const std::string& kinds);
Identity read_identity(const hdf5::Reader& file);
std::string read_id(const hdf5::Reader& file);

void write_notes(hdf5::Writer& file, const std::string& group, const Attributes& notes);

/// /metrics, and /spectrum/history where spectra were recorded.
void write_history(hdf5::Writer& file, const History& history);
History read_history(const hdf5::Reader& file, bool spectra);

/// A one-dimensional float64 dataset; empty where there is none.
std::vector<double> read_doubles(const hdf5::Reader& file, const std::string& dataset);
std::vector<std::int64_t> read_integers(const hdf5::Reader& file, const std::string& dataset);

/// Arrays with dimensions named by axis and size, so that no two axes of one array share a name.
void write_arrays(hdf5::Writer& file, const std::string& group, const std::vector<NamedArray>& arrays,
                  const std::string& long_name, hdf5::Layout layout);
std::vector<NamedArray> read_arrays(const hdf5::Reader& file, const std::string& group);

}  // namespace irmae::storage
