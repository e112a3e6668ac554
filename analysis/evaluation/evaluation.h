// SPDX-License-Identifier: MIT
// An evaluation: what is measured on a trained model, stored in run.h5 and shown by a table or a plot. One file each,
// registered by name.
#pragma once

#include <torch/types.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "framework/data/bytes.h"
#include "framework/data/dataset.h"
#include "framework/distributed/communicator.h"
#include "framework/manifest/cell.h"
#include "framework/models/method.h"
#include "framework/registry.h"
#include "storage/record.h"

namespace irmae::evaluation {

class DensityCache;

/// A trained model with its data. Evaluations are collective: every rank of `ranks` calls them.
struct Context {
  const manifest::Cell& cell;
  const data::Dataset& dataset;
  const models::Method& method;
  models::Autoencoder& model;
  distributed::Communicator& ranks;
  torch::Device device;
  torch::ScalarType precision;
  torch::Tensor train_codes;       ///< as stored (of a VAE the means), float64 [count, latent] on rank 0, undefined elsewhere
  torch::Tensor validation_codes;  ///< the same of the validation split
  DensityCache& densities;         ///< this model's: see densities.h

  std::uint64_t seed() const { return static_cast<std::uint64_t>(cell.integer("train.seed")); }
  /// The model's codes, float64 [count, latent] on the host, of images (float32 [count, ...], as the data set gives them).
  torch::Tensor encode(const torch::Tensor& images) const;
  /// The model's pictures, uint8 [count, channels, height, width] on the host, of codes [count, latent] of any type and place.
  torch::Tensor decode(const torch::Tensor& codes) const;
};

using data::to_bytes;

struct Kind {
  std::string name;
  std::string help;
  /// Stored with its results. To be raised when they come to mean something else: those of an earlier version count as not
  /// measured.
  std::int64_t version = 1;
  /// Whether `version` changed the meaning of this cell's results, so that those of the version before do not count. Empty: of
  /// every cell's.
  std::function<bool(const manifest::Cell&)> changed{};
  /// From this version on, cells are measured that used to be skipped: what an older version stored as missing counts as not
  /// measured. 0: no such version.
  std::int64_t measures_more_from = 0;
  /// The parameters that it reads: every cell has them. A key that comes when cells have been trained needs `.newer = true`:
  /// without it every cell's id changes, and no complete cell is known again.
  std::vector<manifest::Key> keys{};
  /// Why a cell is not measured by this evaluation: it does not ask for it, or its method or data do not allow it. Empty text,
  /// or no function: it is measured.
  std::function<std::string(const Context&)> why_not{};
  std::function<storage::Evaluation(const Context&)> run;
  /// The file from elsewhere by which the evaluation measures a cell, for samples of this shape (empty: not known yet). A cell
  /// becomes complete without it, and may be measured later. Empty: it needs no file, then or ever. Whoever sets this sets
  /// why_absent and why_unusable too, which are asked about each file that it names.
  std::function<std::string(const manifest::Cell&, const models::Shape&)> file{};
  /// Why no file of this name is found; empty: there is one.
  std::function<std::string(const std::string&)> why_absent{};
  /// Why the file of this name, which is there, cannot measure samples of this shape; empty: it can. May take seconds.
  std::function<std::string(const std::string&, const models::Shape&)> why_unusable{};

  std::string file_of(const manifest::Cell& cell, const models::Shape& shape) const { return file ? file(cell, shape) : ""; }

  /// Whether a cell's stored result of this evaluation, with these notes, is of an earlier version and means something else
  /// than this one's. Results of programs that stored no version are of version 1; what is missing has no meaning, but for
  /// measures_more_from.
  bool is_outdated(const manifest::Cell& cell, const storage::Attributes& notes) const;
};

/// All registered evaluations, by name.
const std::vector<Kind>& kinds();

/// The keys of all evaluations: they belong to every cell.
std::vector<manifest::Key> keys();

/// Names of all evaluations.
std::set<std::string> names();

/// Runs the evaluations of these names one after the other. Collective. Rank 0 gets the results, each with its note "version";
/// what cannot be done here is marked with a note "missing". `started` is told each name on every rank.
std::vector<storage::Evaluation> evaluate(const Context& context, const std::set<std::string>& names,
                                          const std::function<void(const std::string&)>& started);

/// A static object of this type in an evaluation's file registers it.
using RegisterEvaluation = Registry<Kind>::Entry;

/// A tensor of float32, float64, int64 or uint8 as a stored array: one of `dimensions` for each axis, outermost first.
storage::LabelledArray labelled(std::string name, const torch::Tensor& tensor, std::vector<std::string> dimensions,
                                std::string long_name, std::string units = "1");

}  // namespace irmae::evaluation
