// SPDX-License-Identifier: MIT
// Which gradients of a step exist, and which bucket's turn it is: what a reducer knows of a step, without a tensor.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "framework/distributed/bucket_plan.h"

namespace irmae::distributed {

class BucketTracker {
 public:
  /// The plan outlives it.
  explicit BucketTracker(const BucketPlan& plan);

  /// A step begins: no gradient exists.
  void begin();
  /// The slot's gradient exists. False: it did before.
  bool mark(std::size_t slot);
  /// Those of all slots do.
  void mark_all();
  /// The next bucket in the plan's order, if all of its gradients exist. Each is given once in a step.
  std::optional<std::size_t> next_complete();
  /// Names of the parameters whose gradients do not exist.
  std::vector<std::string> missing() const;

 private:
  const BucketPlan& plan_;
  std::vector<char> marked_;  ///< by slot
  std::vector<int> awaited_;  ///< by bucket: gradients that it still waits for
  std::size_t next_ = 0;      ///< bucket
};

}  // namespace irmae::distributed
