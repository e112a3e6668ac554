// SPDX-License-Identifier: MIT
// What is fuzzed. Each target takes any bytes, and lets nothing out but what is a mistake of the program: it refuses by Error
// or takes the input, and what it has taken must hold what the rest of the program relies on; broken() ends the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace irmae::tests::fuzz {

using Bytes = std::string_view;

/// Records separated by U+001E: the manifest, the file other.toml beside it, then key=value arguments.
void manifest(Bytes input);
/// An HDF5 file, read as run.h5, metrics.h5, checkpoint.h5 and array file: every accessor.
void run_file(Bytes input);
/// The same, of a file that HDF5 itself has made, with the objects, types, sizes, links and filters that the input asks for.
void run_content(Bytes input);
/// A .npy file, and a table of comma-separated values.
void plain_files(Bytes input);
/// An IDX file of images and one of labels, plain or compressed.
void idx(Bytes input);
/// Records separated by U+001E: a cell's state.toml, the frozen plan, the list of submitted jobs: what irmae status reads.
void grid_files(Bytes input);

struct Target {
  const char* name;
  void (*run)(Bytes);
};
inline constexpr Target kTargets[] = {{"manifest", manifest},       {"run_file", run_file}, {"run_content", run_content},
                                      {"plain_files", plain_files}, {"idx", idx},           {"grid_files", grid_files}};

[[noreturn]] void broken(const std::string& what);

/// Every accessor on one HDF5 file.
void read_everything(const std::string& path);

/// Writes the bytes to a file of this process in memory (or TMPDIR) and returns its path; the next call replaces it.
std::string scratch_file(const std::string& name, Bytes bytes);

}  // namespace irmae::tests::fuzz
