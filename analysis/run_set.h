// SPDX-License-Identifier: MIT
// The runs below some folders, as analysis sees them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "storage/record.h"

namespace irmae::analysis {

struct Run {
  std::filesystem::path file;  ///< run.h5, or metrics.h5 of a run that is not finished
  bool complete = false;
  storage::Identity identity;
  storage::Attributes provenance;
  /// With the spectra that find_runs was asked for; never null. Copies of a run share it: it is most of a run's memory.
  std::shared_ptr<const storage::History> history = std::make_shared<const storage::History>();
  std::string data_name{};           ///< see name_data_sets; empty: nobody has compared it with others
  std::vector<double> spectrum;      ///< final; empty while unfinished
  std::vector<std::string> named{};  ///< parameters whose values its labels have: runs that are not shown differ in them
  /// Number of codes that `spectrum` is of; 0: not known.
  std::int64_t validation_codes = 0;

  std::string text(const std::string& path) const;  ///< a parameter's value; empty where it has none
  std::string method() const;                       ///< model.method
  std::int64_t latent() const;                      ///< model.latent
  std::int64_t linear_layers() const;               ///< model.linear_layers; 0 for methods without a stack
  std::int64_t seed() const;                        ///< train.seed
  /// The value of the parameter with this dotted path; nothing where the run has none.
  std::optional<storage::Scalar> parameter(const std::string& path) const;
  bool is_outside(const std::string& path) const;  ///< whether the id leaves this parameter out: see storage::Identity
  /// The note of this name in the provenance; nothing where there is none.
  std::optional<storage::Scalar> note(const std::string& name) const;
  /// The shape of a sample: [channels, height, width], or [values]; empty where the run does not say it.
  std::vector<std::int64_t> sample_shape() const;
  /// The evaluation of this name, read from the file. Empty, with its name, where the run has none, or is not finished. Throws
  /// Error when the file is damaged.
  storage::Evaluation evaluation(const std::string& name) const;
  /// The same without its arrays, which are large.
  storage::Evaluation evaluation_notes(const std::string& name) const;
  /// Whether the run is shown among those with an evidence bound: its file has one, whatever its method, or it is of the
  /// paper's VAE, of which it is said where the bound is missing. Throws as evaluation() does.
  bool has_evidence_bound() const;
  /// The manifest's scale, "none" where it has none.
  std::string scale() const;
  /// The parameters of its id but the seed, as text: equal for runs that differ in their seed alone, or in how they were run
  /// (manifest, device, ranks, folders).
  std::string configuration() const;
  /// The parameters of its id except those that `but` names, as text: equal for runs that differ in them alone, or in how they
  /// were run.
  std::string configuration(const std::set<std::string>& but) const;
  std::string data_kind() const;     ///< data.name
  std::string data() const;          ///< data_name; without one the kind
  std::string method_label() const;  ///< as legends have it: "AE", "IRMAE", ...
  /// Method and depth as legends have them: "AE", "IRMAE l=2", ...
  std::string label() const;
  /// Where its method stands in every figure and table over seeds: as in the paper's, then all others alike.
  std::size_t paper_order() const;
};

struct RunSet {
  std::vector<Run> runs;                ///< sorted by path, numbers as numbers
  std::vector<std::string> problems;    ///< one line for each file that could not be read
  std::vector<std::string> unfinished;  ///< "shapes/ae-seed3: waiting", where somebody knows of cells that are not finished
  std::vector<Run> planned{};           ///< those of them whose parameters a plan has, without results
};

/// Whether a run of this label stands before another: by the places of their methods, then by labels, whose numbers count as
/// numbers: l=9 before l=10, 1e-05 before 0.0001.
bool stands_before(const Run& a, const std::string& label_a, const Run& b, const std::string& label_b);

/// Finds run.h5 (else metrics.h5) at or below each path, and names their data sets. Their histories have these spectra: those
/// of each matrix nothing here shows. Throws Error when there is not one.
RunSet find_runs(const std::vector<std::string>& paths, storage::Spectra spectra = storage::Spectra::of_code_and_product);

/// Runs on the same data that differ in their seed alone, one of each cell (the same id), in the order of data sets, of models,
/// then of their latent sizes and their parameters' values.
std::vector<std::vector<const Run*>> by_configuration(const std::vector<Run>& runs);

}  // namespace irmae::analysis
