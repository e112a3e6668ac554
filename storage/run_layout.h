// SPDX-License-Identifier: MIT
// The parts that run.h5, metrics.h5 and checkpoint.h5 have in common. For the storage layer's own files only.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "storage/hdf5/reader.h"
#include "storage/hdf5/writer.h"
#include "storage/record.h"

namespace irmae::storage {

/// Writes what a file of this program says of itself, first of all: what it holds, and by which schema.
void write_kind(hdf5::Writer& file, const std::string& kind);

/// Writes the root attributes and /config of a run: its kind, schema and identity.
void write_header(hdf5::Writer& file, const std::string& kind, const Identity& identity);

/// Checks that the file is of one of `kinds`, of which an error names the first. Throws Error: not irmae's, or another kind;
/// NewerFile: a newer schema.
void check_header(const hdf5::Reader& file, std::initializer_list<std::string_view> kinds);
/// Reads the identity of a run, as write_header() wrote it. Throws Error where it is damaged.
Identity read_identity(const hdf5::Reader& file);
/// Reads the id of a run's cell alone, 64 hex digits, as write_header() wrote it. Throws Error where it is damaged.
std::string read_id(const hdf5::Reader& file);

/// Writes /metrics, and /spectrum/history where spectra were recorded.
void write_history(hdf5::Writer& file, const History& history);
/// Reads the history that write_history() wrote, with these of its spectra; the others are empty. Throws Error where it is
/// damaged.
History read_history(const hdf5::Reader& file, Spectra spectra);

/// Values of a float64 dataset in row-major order; empty where there is none. Throws Error where it is of another type.
std::vector<double> read_doubles(const hdf5::Reader& file, const std::string& dataset);
/// The same of numbers that training never writes other than finite. Throws Error where one is not.
std::vector<double> read_finite(const hdf5::Reader& file, const std::string& dataset);
/// Values of an int64 dataset in row-major order; empty where there is none. Throws Error where it is of another type.
std::vector<std::int64_t> read_integers(const hdf5::Reader& file, const std::string& dataset);

/// Writes arrays into a group, with dimensions named by axis and size, so that no two axes of one array share a name.
void write_arrays(hdf5::Writer& file, const std::string& group, const std::vector<NamedArray>& arrays,
                  const std::string& long_name, hdf5::Layout layout);
/// Reads the arrays that write_arrays() wrote into a group; empty where there is no such group. Throws Error where they are
/// damaged.
std::vector<NamedArray> read_arrays(const hdf5::Reader& file, const std::string& group);

}  // namespace irmae::storage
