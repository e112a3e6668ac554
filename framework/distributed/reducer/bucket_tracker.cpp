// SPDX-License-Identifier: MIT
#include "framework/distributed/reducer/bucket_tracker.h"

#include <algorithm>

namespace irmae::distributed {

BucketTracker::BucketTracker(const BucketPlan& plan) : plan_(plan) { begin(); }

void BucketTracker::begin() {
  marked_.assign(plan_.slots.size(), 0);
  awaited_.clear();
  for (const Bucket& bucket : plan_.buckets) awaited_.push_back(bucket.parameters);
  next_ = 0;
}

bool BucketTracker::mark(std::size_t slot) {
  if (marked_[slot]) return false;
  marked_[slot] = 1;
  --awaited_[static_cast<std::size_t>(plan_.slots[slot].bucket)];
  return true;
}

void BucketTracker::mark_all() {
  std::fill(marked_.begin(), marked_.end(), 1);
  std::fill(awaited_.begin(), awaited_.end(), 0);
}

std::optional<std::size_t> BucketTracker::next_complete() {
  if (next_ == awaited_.size() || awaited_[next_] > 0) return {};
  return next_++;
}

std::vector<std::string> BucketTracker::missing() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < marked_.size(); ++i)
    if (!marked_[i]) names.push_back(plan_.slots[i].name);
  return names;
}

}  // namespace irmae::distributed
