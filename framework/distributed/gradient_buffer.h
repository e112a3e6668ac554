// SPDX-License-Identifier: MIT
// The gradients of a model's parameters in one flat buffer, as FlatParameters has their values. The tensor that a parameter has
// as its gradient is its view of the buffer, or lies where a backward pass made it until it is gathered or taken.
#pragma once

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "framework/distributed/bucket_plan.h"
#include "framework/distributed/communicator.h"
#include "framework/distributed/flat_parameters.h"

namespace irmae::distributed {

class GradientBuffer {
 public:
  /// Zeros, and each parameter's gradient is its view, which has the parameter's layout in memory. Collective.
  GradientBuffer(std::shared_ptr<const FlatParameters> parameters, Communicator& communicator);
  GradientBuffer(const GradientBuffer&) = delete;

  const FlatParameters& parameters() const { return *parameters_; }
  const BucketPlan& plan() const { return parameters_->plan(); }
  /// Like parameters().values().
  const torch::Tensor& flat() const { return flat_; }
  /// Parts of it: a bucket's, and the numbers that travel with the first bucket, [kExtras].
  torch::Tensor bucket(std::size_t bucket) const;
  torch::Tensor extras() const { return flat_.narrow(0, 0, kExtras); }
  /// A trained parameter's part, shaped as it is; undefined for another tensor. What puts a gradient there itself, with
  /// nothing of the step's before it, makes it the parameter's gradient too, and it is not copied.
  torch::Tensor bucket_view(const torch::Tensor& parameter) const;

  /// Before gradients are added up in the buffer: makes it zero, unless it is known to be.
  void zero_for_step();
  /// Whoever used the gradients left the whole buffer zero.
  void known_zero() { zero_ = true; }
  /// It may have been written to.
  void written() { zero_ = false; }

  /// Of a rank without samples: all gradients are zero, and in the buffer.
  void zero_gradients();
  /// No parameter has a gradient: the next pass makes it anew, beside the buffer.
  void drop_gradients();

  /// Copies a bucket's gradients that lie elsewhere to their views, together: one operation instead of one for each parameter.
  /// leave: those that can be read where they are stay there.
  void gather(std::size_t bucket, bool leave);

  struct Piece {
    std::int64_t first;      ///< element of the flat buffer
    torch::Tensor gradient;  ///< of those from there on, as its memory has them one after the other, at 16 bytes
  };
  /// Where the gathered gradients are, of all buckets or of one; the parameters have none any more. Elements in no piece have
  /// none: they are no parameters'.
  std::vector<Piece> take() { return take_slots({0, views_.size()}); }
  std::vector<Piece> take(std::size_t bucket) { return take_slots(slots_of(bucket)); }

 private:
  struct Slots {
    std::size_t first, last;
  };
  Slots slots_of(std::size_t bucket) const;
  std::vector<Piece> take_slots(Slots slots);

  std::shared_ptr<const FlatParameters> parameters_;
  torch::Tensor flat_;
  std::vector<torch::Tensor> views_;  ///< by slot: its part of flat_
  bool zero_ = true;                  ///< the buffer is known to be
};

}  // namespace irmae::distributed
