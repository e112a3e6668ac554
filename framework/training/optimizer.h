// SPDX-License-Identifier: MIT
// Adam over the reducer's flat buffers: one fused pass over all parameters.
#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "framework/distributed/reducer.h"
#include "framework/distributed/side_stream.h"
#include "framework/kernels/device.h"
#include "framework/kernels/range.h"
#include "framework/manifest/cell.h"

namespace irmae::training {

/// What ranks share that see the same values and moments: each updates one part of them.
struct Together {
  torch::Tensor first_moment, second_moment;  ///< [elements], zeros, the same memory on every rank
  kernels::Range mine;                        ///< elements that this rank updates
  std::function<void()> meet;                 ///< returns when every rank is here
};

class Adam {
 public:
  /// An optimiser of `values` by `gradients`, both float32 or float64 [elements], which stay shared with the reducer. With
  /// `together`, `values` too are the same memory on every rank, and step() is collective.
  Adam(const manifest::Cell& cell, torch::Tensor values, torch::Tensor gradients, std::optional<Together> together = {});

  /// Whether the project's own kernel updates on a device, which reads gradients wherever they are.
  bool own_on_device() const { return own_ != nullptr; }
  /// Has each step take its gradients of all elements from `take`, and keep none of them: for the project's own kernel on a
  /// device.
  void take_gradients_from(std::function<std::vector<distributed::Reducer::Piece>()> take) { take_ = std::move(take); }
  /// Has each bucket of parameters updated as soon as its gradients are there, by `beside`, while backward goes on to others:
  /// an update is bound by memory and most of backward by arithmetic. False where that cannot be, as the gradients do not stay
  /// where they are made.
  bool follow(distributed::Reducer& reducer, std::unique_ptr<distributed::SideStream> beside);

  /// Does one update (Kingma and Ba 2015, algorithm 1), with weight decay in the gradient (adam) or decoupled (adamw). On the
  /// CPU it leaves the gradients zero, as the next backward pass wants them: while they are at hand that costs nothing.
  void step();

  /// The optimiser's state, for checkpoints: first and second moment, [elements], and the number of updates.
  const torch::Tensor& first_moment() const { return together_.first_moment; }
  const torch::Tensor& second_moment() const { return together_.second_moment; }
  std::int64_t updates() const { return static_cast<std::int64_t>(count_.item<float>()); }
  void set_updates(std::int64_t updates) { count_.fill_(static_cast<float>(updates)); }

 private:
  torch::Tensor mine(const torch::Tensor& all) const;
  void update();
  /// Does the update by the project's own kernel; false where it cannot.
  template <class T>
  bool own_step();
  void own_step_on_device(const std::vector<distributed::Reducer::Piece>& gradients);

  bool decoupled_;
  double rate_, beta1_, beta2_, epsilon_, decay_;
  Together together_;
  torch::Tensor all_gradients_;
  torch::Tensor values_, gradients_, first_, second_;  ///< the elements that this rank updates
  const kernels::DeviceKernels* own_;                  ///< on a device; else null
  std::function<std::vector<distributed::Reducer::Piece>()> take_;
  struct Following;
  std::shared_ptr<Following> following_;
  torch::Tensor count_;  ///< float32 scalar, as the fused kernel wants it: exact up to 2^24 updates
};

}  // namespace irmae::training
