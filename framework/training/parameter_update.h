// SPDX-License-Identifier: MIT
// The way from a backward pass to updated parameters: the gradients' buffer, the optimiser that reads them and the reducer that
// brings them there, wired as the model, its kernels and its ranks want it. Here alone is decided where gradients lie, what
// they wait for, and who knows that they are zero.
#pragma once

#include <functional>
#include <memory>

#include "framework/distributed/communicator.h"
#include "framework/distributed/flat_parameters.h"
#include "framework/distributed/gradient_buffer.h"
#include "framework/distributed/reducer.h"
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
    bool device_kernels = false;  ///< its layers are the project's own for devices
  };
  /// Where such a model's gradients lie best.
  static distributed::GradientStorage best_storage(const Model& model, const distributed::Communicator& communicator);

  /// The communicator outlives this object. beside: makes a second stream; where gradients are left, and LibTorch's layers make
  /// them one after the other, each bucket of parameters is updated there while backward goes on. Empty: after it. Moves the
  /// parameters' values to memory that ranks share, where they can. Collective.
  ParameterUpdate(const manifest::Cell& cell, distributed::Communicator& communicator, const Model& model,
                  distributed::GradientStorage storage,
                  const std::function<std::unique_ptr<distributed::SideStream>()>& beside = {});
  ParameterUpdate(const ParameterUpdate&) = delete;

  /// For the steps; each that it has finished is followed by apply().
  distributed::Reducer& reducer() { return reducer_; }
  /// Updates the parameters by the step's gradients. Collective.
  void apply();

  const torch::Tensor& values() const { return gradients_.parameters().values(); }
  /// For the state that a checkpoint has.
  Adam& optimizer() { return optimizer_; }
  /// Whether all ranks have one copy of values and moments.
  bool common() const { return common_ != nullptr; }

 private:
  Adam make_optimizer(const manifest::Cell& cell, const distributed::Communicator& communicator,
                      distributed::FlatParameters& parameters);
  distributed::ReducerOptions reducer_options(const manifest::Cell& cell, const Model& model);

  distributed::GradientStorage storage_;
  distributed::GradientBuffer gradients_;
  std::unique_ptr<distributed::Common> common_;  ///< values and moments where ranks share memory; else null
  Adam optimizer_;
  std::unique_ptr<OverlappedUpdate> overlapped_;  ///< null where updates come after backward
  distributed::Reducer reducer_;
};

}  // namespace irmae::training
