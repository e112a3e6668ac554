// SPDX-License-Identifier: MIT
// Overlapped gradient all-reduce. Gradients live in one flat buffer, as the parameters do, cut into buckets in the reverse
// order of registration, which is about the order in which backward makes gradients. As soon as all gradients of a bucket
// exist its all-reduce is started, in the order of buckets, while backward goes on.
//
// The plan is a function of the parameter list and the buckets' sizes alone and is never changed: regrouping would change the
// order of sums, and a resumed run would no longer equal one that was never stopped. After PyTorch's DDP (Li et al., VLDB
// 2020), which LibTorch's C++ interface lacks.
#pragma once

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "framework/distributed/bucket_plan.h"
#include "framework/distributed/bucket_tracker.h"
#include "framework/distributed/communicator.h"
#include "framework/distributed/flat_parameters.h"
#include "framework/distributed/gradient_buffer.h"

namespace irmae::distributed {

class Reducer {
 public:
  /// Each parameter's gradient gets the parameter's layout in memory. collected: on a device, or where it is asked for, backward
  /// leaves each gradient where it made it until its bucket is gathered. Otherwise they are added up in place.
  Reducer(std::shared_ptr<const FlatParameters> parameters, Communicator& communicator, bool collected = false);
  ~Reducer();
  Reducer(const Reducer&) = delete;

  const FlatParameters& parameters() const { return gradients_.parameters(); }
  const BucketPlan& plan() const { return gradients_.plan(); }
  const torch::Tensor& values() const { return parameters().values(); }
  /// A buffer like values().
  const torch::Tensor& gradients() const { return gradients_.flat(); }

  /// Opens a step: gradients are zero, extras as given (the rest zero). Call after the forward pass, before backward.
  void begin(std::int64_t step, const std::array<double, kExtras>& extras);
  /// The same with extras of zero.
  void begin(std::int64_t step);
  /// For a rank without samples in this step: takes part with zero gradients instead of calling backward.
  void skip_backward();
  /// Closes a step: waits for every bucket; gradients() then holds the sums over all ranks. Returns the summed extras.
  /// Throws Error naming the parameters whose gradient never came.
  std::array<double, kExtras> finish();
  /// The same without the extras: the host waits for nothing that a device does.
  void finish_without_extras();
  /// Drops what is left of a step that failed half-way, or of a backward pass outside of steps: where gradients are collected,
  /// they keep no memory beside the buffer, and the next pass makes them anew, as in a step.
  void forget();
  /// Whoever used the gradients left them zero: begin() need not do it.
  void gradients_are_zero() { gradients_.known_zero(); }
  torch::Tensor place_of(const torch::Tensor& parameter) const { return gradients_.bucket_view(parameter); }
  using Piece = GradientBuffer::Piece;
  using Take = std::function<void(std::vector<Piece>)>;
  /// Asks that the gradients of one rank alone stay where backward made them, where they are collected: gradients() lacks
  /// them, and each step's are to be taken. False: that cannot be, and they come to gradients() as ever.
  /// With `take`, each bucket's are given there while backward goes on, as soon as all of the bucket exist. Nothing that comes
  /// after reads the bucket's parameters, since whatever uses one has then made its part of the gradient.
  bool leave_gradients(Take take = {});
  /// After finish(), once, where there is no `take`: where the gradients are.
  std::vector<Piece> take_gradients() { return gradients_.take(); }
  /// join: what comes after it, on the device, waits for gradients that are still being put in their places. forget: those of a
  /// step that failed are not put anywhere any more.
  void gradients_arrive_by(std::function<void()> join, std::function<void()> forget) {
    join_ = std::move(join);
    forget_ = std::move(forget);
  }

 private:
  class Before;
  class Hook;
  void mark_ready(std::size_t slot);
  void launch_ready();
  void join() const {
    if (join_) join_();
  }

  Communicator& communicator_;
  GradientBuffer gradients_;
  BucketTracker tracker_;
  bool collected_, left_ = false;
  Take take_;
  std::function<void()> join_, forget_;
  std::vector<std::shared_ptr<void>> accumulators_;  ///< keeps the hooked autograd nodes alive
  std::vector<std::shared_ptr<Work>> works_;         ///< by bucket
  std::int64_t step_ = 0;
  bool open_ = false;
};

}  // namespace irmae::distributed
