// SPDX-License-Identifier: MIT
// An update that is not a step's last part: each bucket of parameters is updated on a second stream as soon as its gradients
// are there, while backward goes on to others. An update is bound by memory and most of backward by arithmetic.
#pragma once

#include <torch/types.h>

#include <memory>
#include <vector>

#include "framework/distributed/reducer/reducer.h"
#include "framework/distributed/side_stream.h"
#include "framework/training/optimizer.h"

namespace irmae::training {

class OverlappedUpdate {
 public:
  /// Updates the optimiser's parameters on the stream `beside`. The optimiser must outlive the object, and its values be such
  /// that there are Adam::own_kernels of them.
  OverlappedUpdate(Adam& optimizer, std::unique_ptr<distributed::SideStream> beside);
  OverlappedUpdate(const OverlappedUpdate&) = delete;

  /// The options of a reducer that gives each bucket's gradients to this object, and waits for the updates at the end of its
  /// steps. This object must outlive the reducer.
  distributed::ReducerOptions reducer_options();

  /// Ends a step. After one that was finished, whose updates were made and waited for, it only lets the gradients go; after one
  /// that failed it first waits for the updates that were begun.
  void end();

 private:
  void update(const std::vector<distributed::GradientBuffer::Piece>& gradients);
  void join();

  Adam& optimizer_;
  std::unique_ptr<distributed::SideStream> beside_;
  bool begun_ = false;               ///< updates of a step are begun, and nothing waits for them yet
  std::vector<torch::Tensor> read_;  ///< gradients: their memory is not free before the updates have read it
};

}  // namespace irmae::training
