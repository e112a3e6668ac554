// SPDX-License-Identifier: MIT
#include "framework/distributed/reducer/bucket_plan.h"

#include <fmt/format.h>

#include "storage/system/sha256.h"

namespace irmae::distributed {

BucketPlan plan_buckets(const std::vector<std::pair<std::string, std::int64_t>>& parameters, std::int64_t element_bytes,
                        BucketCaps caps) {
  const std::int64_t boundary = 64 / element_bytes;
  BucketPlan plan;
  std::int64_t place = kExtras;
  Bucket bucket{0, 0, 0};
  const auto close = [&] {
    bucket.count = place - bucket.first;
    plan.buckets.push_back(bucket);
    bucket = {place, 0, 0};
  };
  for (auto parameter = parameters.rbegin(); parameter != parameters.rend(); ++parameter) {
    plan.slots.push_back({parameter->first, place, parameter->second, static_cast<int>(plan.buckets.size())});
    ++bucket.parameters;
    place = (place + parameter->second + boundary - 1) / boundary * boundary;
    const std::int64_t cap = plan.buckets.empty() ? caps.first : caps.others;
    if ((place - bucket.first) * element_bytes >= cap) close();
  }
  if (bucket.parameters > 0 || plan.buckets.empty()) close();
  plan.elements = place;
  return plan;
}

std::string BucketPlan::hash() const {
  std::string text = fmt::format("extras {}\n", kExtras);
  for (const Slot& slot : slots) text += fmt::format("{} {} {} {}\n", slot.name, slot.first, slot.count, slot.bucket);
  return storage::sha256(text);
}

}  // namespace irmae::distributed
