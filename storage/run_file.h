// SPDX-License-Identifier: MIT
// run.h5, metrics.h5 and checkpoint.h5: one schema, documented in docs/files.md. Every file is written whole under a
// temporary name, synced and renamed, so that a reader sees a complete old or a complete new version at any moment.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "storage/record.h"
#include "storage/split.h"

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

/// Replaces the metrics.h5 at `path` by identity, history and what is known of the provenance of a run that may still be going
/// on. Throws Error naming the file and the reason; it is then what it was. std::logic_error for spectra of different lengths.
void write_metrics(const std::filesystem::path& path, const Identity& identity, const Attributes& provenance,
                   const History& history);

/// Replaces the checkpoint at `path`. Throws Error naming the file and the reason: the checkpoint before is then still there.
/// std::logic_error for arrays whose shape and values disagree, or spectra of different lengths.
void write_checkpoint(const std::filesystem::path& path, const CheckpointRecord& checkpoint);

/// The checkpoint in the file at `path`. Throws Error when it is absent, cut short, not a checkpoint, damaged, or of a newer
/// schema.
CheckpointRecord read_checkpoint(const std::filesystem::path& path);

/// A run.h5 or metrics.h5 opened for reading; parts are read when asked for.
/// Every function throws Error naming the file: cut short, not a run file, schema newer than this program.
class RunFile {
 public:
  explicit RunFile(const std::filesystem::path& path);
  ~RunFile();

  Identity identity() const;
  std::string id() const;         ///< the cell's id alone, 64 hex digits
  Attributes provenance() const;  ///< notes of /provenance
  /// All finished epochs, with these spectra where they were recorded.
  History history(Spectra spectra = Spectra::all) const;
  Latents latents(Split split) const;  ///< codes of a split; empty where the file has none
  /// Number of codes of a split; 0 where the file has none.
  std::int64_t count(Split split) const;
  /// Singular values of the covariance of the validation codes at the end, [latent]; empty in metrics.h5.
  std::vector<double> spectrum() const;
  std::vector<NamedArray> weights() const;  ///< parameters and buffers by name; empty in metrics.h5
  /// Validation images, uint8 [count, channels, height, width]; without a name where the run stored none.
  NamedArray originals() const;
  /// Reconstructions of the originals, of their shape; without a name where the run stored none.
  NamedArray reconstructions() const;
  std::vector<std::string> evaluations() const;  ///< names of what is below /evaluation
  /// The evaluation of this name; empty but for its name where the run has none.
  Evaluation evaluation(const std::string& name) const;
  /// Notes of the evaluation of this name, without its arrays, which are large; empty where the run has none.
  Attributes notes_of(const std::string& evaluation) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace irmae::storage
