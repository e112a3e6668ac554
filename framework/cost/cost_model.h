// SPDX-License-Identifier: MIT
// How long a cell will take: the operations of its training, by the rate at which finished runs in the output folder got
// through theirs. Equal for equal contents of the folder.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "framework/cost/finished_runs.h"
#include "framework/cost/layers.h"
#include "framework/cost/rates.h"
#include "framework/data/dataset.h"
#include "framework/manifest/schema.h"
#include "framework/usable_cores.h"

namespace irmae::cost {

/// The rates at which a worker is taken to train where nothing was measured, in FLOP/s: a core at what the network of the
/// shapes reaches on one with AVX-512 at batch 32 (15 ms a step of 32 x 81 MFLOP, rounded down); a GPU at what that network,
/// alone on an H100, reaches in float32 (0.33 ms a step). Other machines differ several-fold.
inline constexpr double kAssumedCore = 1.5e11, kAssumedGpu = 7.5e12;

struct Estimate {
  double training = 0;     ///< seconds of all updates
  double validation = 0;   ///< seconds of the passes over the validation samples after each epoch
  double evaluations = 0;  ///< seconds of what is measured on the trained model; 0 where no run tells
  Basis basis = Basis::unknown;
  std::int64_t parameters = 0;  ///< of its model
  bool evaluations_known = false;

  double seconds() const { return training + validation + evaluations; }
};

/// What one cell has to compute.
struct Work {
  double flops_per_sample = 0;  ///< of a training step
  double forward_flops = 0;     ///< of one sample
  std::int64_t parameters = 0;
  double training_samples = 0;    ///< training set x epochs
  double validation_samples = 0;  ///< validation set x epochs

  double flops() const { return flops_per_sample * training_samples; }  ///< of the training
};

class CostModel {
 public:
  /// Learns from the finished runs in `output`, which need not exist. `schema`: that of the cells that will be asked for, by
  /// which those of the runs are completed, or they would not be found equal. `cores`: those that a cell's ranks share.
  CostModel(const std::filesystem::path& output, const manifest::Schema& schema, int cores = usable_cores());

  /// What the cell has to compute. Nothing where only the data set's files tell how large it is, and neither know() nor a
  /// finished run did. Throws UsageError where the cell's network does not take the data set's samples.
  std::optional<Work> work(const manifest::Cell& cell) const;
  /// The layers of the cell's model, for a cell whose work() is known.
  const Layers& layers(const manifest::Cell& cell) const { return layers_of(cell, extent_of(cell).value().shape); }
  /// Takes in the extent of the cell's data set, which somebody has opened.
  void know(const manifest::Cell& cell, data::Extent extent);

  /// The time that a run takes from its start to its end on that many ranks of machines like this one. Basis::unknown, and no
  /// seconds, where the size of its data set is not known or the cell's network does not take its samples.
  Estimate estimate(const manifest::Cell& cell, int ranks) const;
  /// The seconds of estimate(cell, ranks). Infinite where nothing is known: such a cell is best started first.
  double expected_seconds(const manifest::Cell& cell, int ranks) const;

  /// Whether this cell's finished run in this folder was among those read. False does not say that there is none.
  bool has_read(const manifest::Cell& cell, const std::filesystem::path& folder) const;
  /// How many finished runs the rates come from.
  std::size_t runs() const { return cpu_.size() + gpu_.size(); }

 private:
  std::optional<data::Extent> extent_of(const manifest::Cell& cell) const;
  void learn(const FinishedRun& run, std::map<std::string, std::vector<double>>& evaluations);
  Rate rate(const manifest::Cell& cell, const models::Shape& shape, int ranks) const;

  int cores_;
  Rates cpu_{kAssumedCore}, gpu_{kAssumedGpu};
  std::map<std::string, data::Extent> extents_;  ///< by data set, where only files tell
  std::map<std::string, std::string> finished_;  ///< folders and ids of the runs that were read
  std::map<std::string, double> evaluations_;    ///< seconds, by network and what is evaluated on what
};

}  // namespace irmae::cost
