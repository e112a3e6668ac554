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

#include "framework/data/dataset.h"
#include "framework/distributed/communicator.h"
#include "framework/distributed/reducer.h"
#include "framework/distributed/share.h"
#include "framework/manifest/cell.h"
#include "framework/models/method.h"
#include "framework/training/optimizer.h"
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
  /// Builds model, reducer and optimiser and checks that all ranks start from equal parameters. Throws Error, and MemoryIsShort
  /// on every rank where a step in blocks does not fit into one rank's memory.
  Trainer(const manifest::Cell& cell, const data::Dataset& dataset, distributed::Communicator& communicator, Place place);

  enum class End { finished, stopped };
  /// Trains until the last epoch, or until a stop signal reached any rank; then a checkpoint has been written.
  /// Throws Error on a loss that is not finite.
  End run(const Observer& observer);
  /// After End::stopped: "stopped in step 713 by a signal to rank 1", or "... with the other cells" where no rank had one.
  const std::string& stopped() const { return stopped_; }

  /// Whether the layers run by the kernels that were chosen for the device, and not by LibTorch's.
  bool chosen_kernels() const { return chosen_kernels_; }

  /// Collective. The record is whole on rank 0 only. Throws Error when the ranks' parameters differ.
  storage::CheckpointRecord checkpoint();
  /// Collective. Only rank 0 gives a record. Throws Error naming what differs from this program's plan or model.
  void restore(const storage::CheckpointRecord* record);

  /// Collective. As after the last epoch, with values that rank 0's fill(model) gives the parameters: for what is measured
  /// then. Throws SharedError where `fill` throws.
  void take_trained(const std::function<void(models::Autoencoder&)>& fill);

  /// Collective. Codes of this split's first `count` samples; whole on rank 0 only.
  storage::Latents latents(data::Split split, std::int64_t count);

  /// Of the epoch that is running, or of the last one when it is measured.
  const StepTimes& step_times() const { return times_; }
  const storage::History& history() const { return history_; }
  models::Autoencoder& model() { return *model_; }
  const models::Method& method() const { return *method_; }
  torch::Device device() const { return device_; }
  torch::ScalarType precision() const { return precision_; }
  /// Host or device tensors of this type and place.
  torch::Tensor to_device(const torch::Tensor& images) const;

  std::int64_t parameters() const;  ///< number of trained and fixed parameters
  std::int64_t epoch() const { return epoch_; }

 private:
  struct Sums {
    double objective = 0, reconstruction = 0;
  };

  [[noreturn]] void end_without_number(const char* name, double value, const std::string& when) const;
  bool train_epoch(const Observer& observer);
  using Extras = std::array<double, distributed::kExtras>;
  /// What this rank has to tell the others with a step.
  Extras requests() const;
  Extras train_step(const std::vector<std::int64_t>& order);
  /// A block of steps; step_ goes to its last one. As train_step otherwise.
  Extras train_block(const std::vector<std::int64_t>& order);
  /// Evaluation mode, and what the method fixes by training codes. Collective.
  void prepare();
  storage::EpochRecord measure();
  std::function<torch::Tensor(const torch::Tensor&)> sum_over_ranks(const std::string& what);
  models::Samples samples_of(data::Stream noise, std::int64_t first, std::int64_t count, std::int64_t global,
                             const std::string& what);
  void make_optimizer(const Place& place, bool own_layers);
  void make_blocks(Place place);

  const manifest::Cell& cell_;
  const data::Dataset& dataset_;
  distributed::Communicator& communicator_;
  torch::Device device_;
  torch::ScalarType precision_;
  std::unique_ptr<models::Method> method_;
  std::shared_ptr<models::Autoencoder> model_;
  std::unique_ptr<distributed::Common> common_;  ///< values and moments where ranks share memory; else null
  std::unique_ptr<distributed::Reducer> reducer_;
  std::unique_ptr<Adam> optimizer_;
  bool chosen_kernels_ = false;
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
