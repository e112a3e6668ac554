// SPDX-License-Identifier: MIT
// The gradients of a model's parameters in one flat buffer, as FlatParameters has their values. The tensor that a parameter has
// as its gradient is its view of the buffer, or lies where a backward pass made it until it is gathered or taken.
#pragma once

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "framework/distributed/communicator.h"
#include "framework/distributed/reducer/bucket_plan.h"
#include "framework/distributed/reducer/flat_parameters.h"

namespace irmae::distributed {

class GradientBuffer {
 public:
  /// Makes a buffer of zeros, and each parameter's gradient its view of it, which has the parameter's layout in memory.
  /// Collective.
  GradientBuffer(std::shared_ptr<const FlatParameters> parameters, Communicator& communicator);
  GradientBuffer(const GradientBuffer&) = delete;

  const FlatParameters& parameters() const { return *parameters_; }
  const BucketPlan& plan() const { return parameters_->plan(); }
  /// The whole buffer, [elements], of the type and on the device of parameters().values(), laid out as plan() says.
  const torch::Tensor& flat() const { return flat_; }
  /// The buffer's part for a bucket, [count]. The first bucket begins with the extras, numbers that travel with it, [kExtras].
  torch::Tensor bucket(std::size_t bucket) const;
  torch::Tensor extras() const { return flat_.narrow(0, 0, kExtras); }
  /// The buffer's part for a trained parameter, with its shape; undefined for another tensor. A layer that writes the first
  /// gradient of a step there, and makes this view the parameter's gradient, saves its copy.
  torch::Tensor bucket_view(const torch::Tensor& parameter) const;

  /// Makes the buffer zero, unless it is known to be, before gradients are added up in it.
  void zero_for_step();
  /// Notes that the whole buffer is zero: whoever used the gradients left it so.
  void known_zero() { zero_ = true; }
  /// Notes that the buffer may have been written to, and is not known to be zero.
  void written() { zero_ = false; }

  /// Makes all gradients zero and has them lie in the buffer, for a rank without samples in the step.
  void zero_gradients();
  /// Takes the gradients away from all parameters: the next backward pass makes them anew, beside the buffer.
  void drop_gradients();

  /// Copies the gradients of a bucket that lie elsewhere to their views, all by one operation. leave: those whose memory is
  /// laid out as their view's, at an address that is a multiple of 16 bytes, stay where they are.
  void gather(std::size_t bucket, bool leave);

  struct Piece {
    std::int64_t first;      ///< element of the flat buffer
    torch::Tensor gradient;  ///< of the elements from there on, in the order in which its memory has them
  };
  /// Takes the gathered gradients of all buckets, or of one, away from the parameters, and says where they lie. Elements of the
  /// flat buffer that are in no piece belong to no parameter.
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
