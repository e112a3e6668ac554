// SPDX-License-Identifier: MIT
// Adam over the flat buffers of parameters and gradients: one fused pass over all parameters.
#pragma once

#include <torch/types.h>

#include <functional>
#include <optional>
#include <vector>

#include "framework/distributed/reducer/gradient_buffer.h"
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
  /// An optimiser of `values` by `gradients`, which stay shared with their owners: float32 or float64 [elements]. With
  /// `together`, `values` too are the same memory on every rank, and step() is collective.
  Adam(const manifest::Cell& cell, torch::Tensor values, torch::Tensor gradients, std::optional<Together> together = {});

  /// Does one update (Kingma and Ba 2015, algorithm 1), with weight decay in the gradient (adam) or decoupled (adamw).
  void step();
  /// Whether step() leaves the gradients zero, as the next backward pass wants them: on the CPU, where that costs nothing while
  /// they are at hand.
  bool leaves_gradients_zero() const { return !own_ && all_gradients_.is_cpu(); }

  /// The project's own kernels on a device, of which one updates such values and reads gradients wherever they are; null where
  /// there are none or they do not take the values.
  static const kernels::DeviceKernels* own_kernels(const torch::Tensor& values);
  /// Begins an update in parts, which takes the place of step() where there are own_kernels() of the values.
  void begin_update();
  /// Updates the elements of these pieces by the gradients in them. In one update each element comes once.
  void update_part(const std::vector<distributed::GradientBuffer::Piece>& gradients);

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

  bool decoupled_;
  double rate_, beta1_, beta2_, epsilon_, decay_;
  Together together_;
  torch::Tensor all_gradients_;
  torch::Tensor values_, gradients_, first_, second_;  ///< the elements that this rank updates
  const kernels::DeviceKernels* own_;                  ///< on a device; else null
  torch::Tensor count_;  ///< float32 scalar, as the fused kernel wants it: exact up to 2^24 updates
};

}  // namespace irmae::training
