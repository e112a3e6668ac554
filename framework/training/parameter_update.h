// SPDX-License-Identifier: MIT
// The way from a backward pass to updated parameters: the gradients' buffer, the optimiser that reads them and the reducer that
// brings them there, wired as the model, its kernels and its ranks want it. Here alone is decided where gradients lie, what
// they wait for, and who knows that they are zero.
#pragma once

#include <functional>
#include <memory>

#include "framework/distributed/communicator.h"
#include "framework/distributed/reducer/flat_parameters.h"
#include "framework/distributed/reducer/gradient_buffer.h"
#include "framework/distributed/reducer/reducer.h"
#include "framework/distributed/side_stream.h"
#include "framework/manifest/cell.h"
#include "framework/models/autoencoder.h"
#include "framework/training/optimizer.h"
#include "framework/training/overlapped_update.h"

namespace irmae::training {

class ParameterUpdate {
 public:
  struct Model {
    models::Autoencoder& autoencoder;
    std::shared_ptr<distributed::FlatParameters> trained;
    bool device_kernels = false;  ///< its layers run by the project's own kernels for devices
  };
  /// The storage with which the gradients of such a model, on the communicator's ranks, cost least.
  static distributed::GradientStorage best_storage(const Model& model, const distributed::Communicator& communicator);

  /// Wires the parts for a cell's model, and moves the parameters' values to memory that ranks share, where they can.
  /// Communicator and autoencoder must outlive the object. beside: makes a second stream. Where it is not empty, gradients are
  /// left and LibTorch's layers make them one after the other, each bucket of parameters is updated on that stream while
  /// backward goes on; otherwise updates come after it. Collective.
  ParameterUpdate(const manifest::Cell& cell, distributed::Communicator& communicator, const Model& model,
                  distributed::GradientStorage storage,
                  const std::function<std::unique_ptr<distributed::SideStream>()>& beside = {});
  ParameterUpdate(const ParameterUpdate&) = delete;

  /// The reducer of the training steps. Each step that it has finished is to be followed by apply().
  distributed::Reducer& reducer() { return reducer_; }
  /// Updates the parameters by the step's gradients. Collective.
  void apply();

  /// The parameters' values, [elements], as FlatParameters lays them out.
  const torch::Tensor& values() const { return gradients_.parameters().values(); }
  /// The optimiser, whose state a checkpoint holds.
  Adam& optimizer() { return optimizer_; }
  /// Whether all ranks share one copy of values and moments.
  bool common() const { return common_ != nullptr; }

 private:
  Adam make_optimizer(const manifest::Cell& cell, const distributed::Communicator& communicator);
  distributed::ReducerOptions reducer_options(const manifest::Cell& cell, const Model& model);

  distributed::GradientStorage storage_;
  distributed::GradientBuffer gradients_;
  std::unique_ptr<distributed::Common> common_;  ///< values and both moments where ranks share memory; else null
  Adam optimizer_;
  std::unique_ptr<OverlappedUpdate> overlapped_;  ///< null where updates come after backward
  distributed::Reducer reducer_;
};

}  // namespace irmae::training
