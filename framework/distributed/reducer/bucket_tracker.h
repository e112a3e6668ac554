// SPDX-License-Identifier: MIT
// Which gradients of a step exist, and which bucket's turn it is: what a reducer knows of a step, without a tensor.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "framework/distributed/reducer/bucket_plan.h"

namespace irmae::distributed {

class BucketTracker {
 public:
  /// A tracker of a step that has just begun. The plan must outlive the object.
  explicit BucketTracker(const BucketPlan& plan);

  /// Begins a step, in which no gradient exists yet.
  void begin();
  /// Notes that the gradient of the plan's slot of this number exists. False where that was noted before in this step.
  bool mark(std::size_t slot);
  /// Notes that the gradients of all slots exist.
  void mark_all();
  /// The number of the next bucket in the plan's order, if all of its gradients exist; else nothing. Each bucket is given once
  /// in a step.
  std::optional<std::size_t> next_complete();
  /// The names of the parameters whose gradients do not exist yet in this step.
  std::vector<std::string> missing() const;

 private:
  const BucketPlan& plan_;
  std::vector<char> marked_;  ///< by slot
  std::vector<int> awaited_;  ///< by bucket: gradients that it still waits for
  std::size_t next_ = 0;      ///< the bucket that next_complete() gives next
};

}  // namespace irmae::distributed
