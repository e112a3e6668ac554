// SPDX-License-Identifier: MIT
// An update that is not a step's last part: each bucket of parameters is updated on a second stream as soon as its gradients
// are there, while backward goes on to others. An update is bound by memory and most of backward by arithmetic.
#pragma once

#include <torch/types.h>

#include <memory>
#include <vector>

#include "framework/distributed/reducer.h"
#include "framework/distributed/side_stream.h"
#include "framework/training/optimizer.h"

namespace irmae::training {

class OverlappedUpdate {
 public:
  /// The optimiser is one of own_on_device, and outlives this object.
  OverlappedUpdate(Adam& optimizer, std::unique_ptr<distributed::SideStream> beside);
  OverlappedUpdate(const OverlappedUpdate&) = delete;

  /// Has a reducer give each bucket's gradients here, and wait for the updates at the end of its steps. This object outlives
  /// it.
  distributed::ReducerOptions reducer_options();

  /// After a step: all of its updates were made and waited for. After one that failed: waits for those that it began.
  void end();

 private:
  void update(const std::vector<distributed::GradientBuffer::Piece>& gradients);
  void join();

  Adam& optimizer_;
  std::unique_ptr<distributed::SideStream> beside_;
  bool begun_ = false;               ///< a step's updates, which nothing waits for yet
  std::vector<torch::Tensor> read_;  ///< gradients: their memory is not free before the updates have read it
};

}  // namespace irmae::training
