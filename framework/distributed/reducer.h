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

#include "framework/distributed/bucket_tracker.h"
#include "framework/distributed/communicator.h"
#include "framework/distributed/gradient_buffer.h"

namespace irmae::distributed {

/// Where a backward pass puts gradients, and where they are after the step.
enum class GradientStorage {
  in_buffer,  ///< added up in the buffer, where they stay
  gathered,   ///< made beside the buffer, as suits a device; each bucket's are copied there together
  left,       ///< made beside it and left there, of one rank alone: whoever uses them takes them from GradientBuffer
};

/// Work on gradients that goes on, on a device, after backward has given them.
struct DeferredWork {
  std::function<void()> join{};     ///< what the current stream is given from now on comes after it
  std::function<void()> discard{};  ///< the step failed: what was started is joined, and the rest never is
};

struct ReducerOptions {
  GradientStorage storage = GradientStorage::in_buffer;
  DeferredWork deferred{};
  /// Of gradients that are left: takes each bucket's while backward goes on, as soon as all of the bucket exist. Nothing that
  /// comes after reads the bucket's parameters, since whatever uses one has then made its part of the gradient.
  std::function<void(std::vector<GradientBuffer::Piece>)> bucket_sink{};
};

/// A step is: begin, the backward pass, finish; each in one of its forms. With gradients in the buffer or gathered it then
/// holds their sums over all ranks.
class Reducer {
 public:
  /// Buffer and communicator outlive it. std::logic_error where several ranks would leave gradients, or where those that are
  /// not left have a sink: a mistake of the program.
  Reducer(GradientBuffer& gradients, Communicator& communicator, ReducerOptions options = {});
  ~Reducer();
  Reducer(const Reducer&) = delete;

  /// After the forward pass: gradients are zero, extras as given. Discards what is left of a step that was not finished.
  void begin(std::int64_t step, const std::array<double, kExtras>& extras);
  /// The same with extras of zero, and without a word between host and device.
  void begin(std::int64_t step);

  /// Waits for every bucket. Returns the summed extras. Throws Error naming the parameters whose gradient never came.
  std::array<double, kExtras> finish();
  /// The same of a rank without samples in this step, which takes part with zero gradients: instead of a backward pass, too.
  std::array<double, kExtras> finish_without_samples();
  /// finish() without the extras: the current stream waits for every bucket, and the host for nothing that a device does.
  void finish_on_device();

  /// Drops what is left of a step that failed half-way. Gradients that are made beside the buffer keep no memory there.
  void discard();
  /// A pass that is no step: its gradients are made as in one, and dropped, also where it throws.
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
