// SPDX-License-Identifier: MIT
// run.h5, metrics.h5 and checkpoint.h5: one schema, documented in docs/files.md. Every file is written whole under a
// temporary name, synced and renamed, so that a reader sees a complete old or a complete new version at any moment.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "storage/record.h"

namespace irmae::storage {

inline constexpr int kSchemaVersion = 1;

/// Version of the HDF5 library in use, "1.10.8".
std::string hdf5_version();

/// Replaces the run.h5 at `path`. Throws Error naming the file and the reason, such as a full disk; what was there is then as
/// it was. std::logic_error for arrays whose shape and values disagree, or spectra of different lengths: a mistake of the
/// program.
void write_run(const std::filesystem::path& path, const RunRecord& run);

/// Puts these evaluations into the run.h5 at `path`, each in place of the one of its name; all else in it stays as it is.
/// Throws Error; the file is then what it was.
void replace_evaluations(const std::filesystem::path& path, const std::vector<Evaluation>& evaluations);

/// metrics.h5: identity and history of a run that may still be going on. Throws as write_run.
void write_metrics(const std::filesystem::path& path, const Identity& identity, const History& history);

/// Throws as write_run: the checkpoint before is then still there.
void write_checkpoint(const std::filesystem::path& path, const CheckpointRecord& checkpoint);

/// Throws Error when the file is absent, cut short, not a checkpoint, damaged, or of a newer schema.
CheckpointRecord read_checkpoint(const std::filesystem::path& path);

/// A run.h5 or metrics.h5 opened for reading; parts are read when asked for.
/// Every function throws Error naming the file: cut short, not a run file, schema newer than this program.
class RunFile {
 public:
  explicit RunFile(const std::filesystem::path& path);
  ~RunFile();
  RunFile(RunFile&&) noexcept;

  Identity identity() const;
  std::string id() const;         ///< the cell's, alone
  Attributes provenance() const;  ///< empty in metrics.h5
  History history() const;
  /// The same without the spectra, which are most of it.
  History metrics() const;
  Latents latents(const std::string& split) const;  ///< split: "train" or "validation"
  std::vector<double> spectrum() const;
  std::vector<NamedArray> weights() const;
  NamedArray originals() const;
  NamedArray reconstructions() const;
  std::vector<std::string> evaluations() const;  ///< names of what is below /evaluation
  /// Empty, with its name, where the run has none of this name.
  Evaluation evaluation(const std::string& name) const;
  /// Its notes without its arrays, which are large.
  Attributes notes_of(const std::string& evaluation) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace irmae::storage
