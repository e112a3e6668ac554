// SPDX-License-Identifier: MIT
// Trains one cell on the ranks of one communicator. The result does not depend on the number of ranks up to rounding: the
// global batch is cut into contiguous shares, each rank's sum of losses is divided by the global count, and gradients are
// summed. A rank may get no sample of a step (a last batch smaller than the world) and then adds zeros.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "framework/data/dataset.h"
#include "framework/distributed/communicator.h"
#include "framework/distributed/reducer/bucket_plan.h"
#include "framework/manifest/cell.h"
#include "framework/training/cell_model.h"
#include "framework/training/parameter_update.h"
#include "framework/training/place.h"
#include "framework/training/step_blocks.h"
#include "framework/training/step_times.h"
#include "storage/record.h"

namespace irmae::training {

/// What the trainer tells while it trains.
struct Observer {
  /// On every rank; the record is the same on all but for its times, which are each rank's own.
  std::function<void(const storage::EpochRecord&)> epoch_done = [](const auto&) {};
  /// On rank 0, after each update, on a GPU after a block of them: finished updates of this epoch, updates in an epoch, the
  /// global batch's mean loss.
  std::function<void(std::int64_t, std::int64_t, double)> step_done = [](auto, auto, auto) {};
  /// On every rank, when a checkpoint is due, at a step boundary.
  std::function<void()> checkpoint = [] {};
  /// On every rank: something that a reader of the log should know.
  std::function<void(const std::string&)> note = [](const auto&) {};
};

class Trainer {
 public:
  /// Builds the model and what a step needs beside it. Throws Error, and MemoryIsShort on every rank where a step in blocks
  /// does not fit into one rank's memory. Collective.
  Trainer(const manifest::Cell& cell, const data::Dataset& dataset, distributed::Communicator& communicator, Place place);

  enum class End { finished, stopped };
  /// Trains until the last epoch, or until any rank is asked to stop; then the observer's checkpoint was called, at that step.
  /// Collective. Throws SharedError on a loss that is not finite.
  End run(const Observer& observer);
  /// After End::stopped: "stopped in step 713 by a signal to rank 1", or "... with the other cells" where no rank had one.
  const std::string& stopped() const { return stopped_; }

  /// Collective. The record is whole on rank 0 only. Throws SharedError where the ranks' parameters differ.
  storage::CheckpointRecord checkpoint();
  /// What in a checkpoint of this cell cannot be this cell's or its model's, such as an array of another size; empty: nothing,
  /// or it is another cell's or has another bucket plan, of which restore() says so. On one rank.
  std::string why_damaged(const storage::CheckpointRecord& record);
  /// Collective. Only rank 0 gives a record. Throws SharedError naming what differs from this cell, its bucket plan or its
  /// model, or that its counters cannot be this cell's.
  void restore(const storage::CheckpointRecord* record);

  CellModel& model() { return model_; }
  /// Of the epoch that is running; after it until the next one begins.
  const StepTimes& step_times() const { return times_; }
  /// Of all finished epochs; where a record was restored, on other ranks than 0 only of those since.
  const storage::History& history() const { return history_; }
  std::int64_t epoch() const { return epoch_; }

 private:
  struct Sums {
    double objective = 0, reconstruction = 0;
  };

  /// What a checkpoint holds of the model and its optimiser, by the names of its arrays.
  std::array<std::pair<const char*, torch::Tensor>, 3> checkpointed();
  void make_update(const Place& place);
  void make_blocks(Place place);

  bool train_epoch(const Observer& observer);
  using Extras = std::array<double, distributed::kExtras>;
  /// What this rank has to tell the others with a step.
  Extras requests() const;
  Extras train_step(const std::vector<std::int64_t>& order);
  /// A block of steps; step_ goes to its last one. As train_step otherwise.
  Extras train_block(const std::vector<std::int64_t>& order);

  const manifest::Cell& cell_;
  const data::Dataset& dataset_;
  distributed::Communicator& communicator_;
  CellModel model_;
  std::unique_ptr<ParameterUpdate> update_;
  std::unique_ptr<StepBlocks> blocks_;  ///< null where each step is taken for itself

  std::int64_t epoch_ = 0;  ///< finished epochs
  std::int64_t step_ = 0;   ///< finished steps of the current epoch
  Sums sums_;               ///< this rank's share of the current epoch
  double epoch_seconds_ = 0;
  StepTimes times_;
  storage::History history_;
  std::string stopped_;
  std::chrono::steady_clock::time_point last_checkpoint_ = std::chrono::steady_clock::now();
};

}  // namespace irmae::training
