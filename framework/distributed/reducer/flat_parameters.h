// SPDX-License-Identifier: MIT
// A model's trained parameters in one flat buffer, as its bucket plan has them: updated, compared and stored in one go. Their
// gradients and moments lie in buffers like it.
#pragma once

#include <torch/types.h>

#include <string>
#include <utility>
#include <vector>

#include "framework/distributed/reducer/bucket_plan.h"

namespace irmae::distributed {

class FlatParameters {
 public:
  using Named = std::vector<std::pair<std::string, torch::Tensor>>;

  /// Takes over the storage of the parameters (leaf tensors of one type and device that require gradients), in the order of
  /// their registration. Each keeps its layout in memory. std::logic_error where there are none: a mistake of the program.
  explicit FlatParameters(const Named& parameters, BucketCaps caps = {});

  const BucketPlan& plan() const { return plan_; }
  /// The values of all parameters, [plan().elements]; the places of extras and padding are zero.
  const torch::Tensor& values() const { return values_; }
  /// The parameter that has this slot in the plan.
  const torch::Tensor& parameter(std::size_t slot) const { return parameters_[slot]; }
  /// The slot's part of a buffer like values(), shaped and laid out as the parameter.
  torch::Tensor part(const torch::Tensor& flat, std::size_t slot) const;

  /// Moves the parameters to another buffer like values(), which holds their values already.
  void move_values_to(const torch::Tensor& flat);

  /// A buffer like values(), with each parameter's elements in the order of its indices, whatever its layout in memory: what
  /// is stored.
  torch::Tensor in_index_order(const torch::Tensor& flat) const;
  /// Copies what in_index_order() gave into `flat`, a buffer like values().
  void from_index_order(const torch::Tensor& ordered, const torch::Tensor& flat) const;

 private:
  BucketPlan plan_;
  torch::Tensor values_;
  std::vector<torch::Tensor> parameters_;  ///< by slot
};

}  // namespace irmae::distributed
