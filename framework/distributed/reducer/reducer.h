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
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "framework/distributed/communicator.h"
#include "framework/distributed/reducer/bucket_tracker.h"
#include "framework/distributed/reducer/gradient_buffer.h"

namespace irmae::distributed {

/// Where a backward pass puts gradients, and where they are after the step.
enum class GradientStorage {
  in_buffer,  ///< added up in the buffer, where they stay
  gathered,   ///< made beside the buffer, as suits a device; each bucket's are copied there together
  left,       ///< made beside the buffer and left there, on one rank alone: whoever uses them takes them (GradientBuffer::take)
};

/// Work on gradients that goes on, on a device, after backward has given them.
struct DeferredWork {
  std::function<void()> join{};     ///< what the current stream is given from now on comes after it
  std::function<void()> discard{};  ///< the step failed: what was started is joined, and the rest never is
};

struct ReducerOptions {
  GradientStorage storage = GradientStorage::in_buffer;
  DeferredWork deferred{};
  /// Where gradients are left: takes those of each bucket while backward goes on, as soon as all of the bucket exist. Nothing
  /// that comes after reads the bucket's parameters, since whatever uses one has then made its part of the gradient.
  std::function<void(std::vector<GradientBuffer::Piece>)> bucket_sink{};
};

/// A step is: begin, the backward pass, finish; each in one of its forms. With gradients in the buffer or gathered, the buffer
/// then holds their sums over all ranks.
class Reducer {
 public:
  /// Buffer and communicator must outlive the object. Throws std::logic_error, a mistake of the program, where gradients of
  /// several ranks would be left, or where there is a sink for gradients that are not left.
  Reducer(GradientBuffer& gradients, Communicator& communicator, ReducerOptions options = {});
  ~Reducer();
  Reducer(const Reducer&) = delete;

  /// Begins a step, after its forward pass: gradients are zero or absent, and `extras` are what is summed over all ranks beside
  /// them. Discards what is left of a step that was not finished.
  void begin(std::int64_t step, const std::array<double, kExtras>& extras);
  /// Begins a step without extras: theirs are zero, and host and device need no word with each other.
  void begin(std::int64_t step);

  /// Ends a step: waits for every bucket and returns the extras summed over all ranks. Throws Error naming the parameters whose
  /// gradient never came.
  std::array<double, kExtras> finish();
  /// Stands for the backward pass and finish() on a rank without samples in this step, which takes part with zero gradients.
  /// Returns the summed extras.
  std::array<double, kExtras> finish_without_samples();
  /// Ends a step as finish() does, but without the extras: the current stream waits for every bucket, and the host for nothing
  /// that a device does.
  void finish_on_device();

  /// Drops what is left of a step that failed half-way. Gradients that are made beside the buffer keep no memory there.
  void discard();
  /// Runs a forward and backward pass that is no step: its gradients are made as in one, and dropped, also where it throws.
  void rehearse(const std::function<void()>& pass);

 private:
  class Before;
  class Hook;
  /// Whether backward makes gradients beside the buffer.
  bool beside() const { return options_.storage != GradientStorage::in_buffer; }
  void mark_ready(std::size_t slot);
  void launch_ready();
  void join() const {
    if (options_.deferred.join) options_.deferred.join();
  }

  GradientBuffer& gradients_;
  Communicator& communicator_;
  ReducerOptions options_;
  BucketTracker tracker_;
  std::vector<std::shared_ptr<void>> accumulators_;  ///< keeps the hooked autograd nodes alive
  std::vector<std::shared_ptr<Work>> works_;         ///< by bucket
  std::int64_t step_ = 0;
  bool open_ = false;
};

}  // namespace irmae::distributed
