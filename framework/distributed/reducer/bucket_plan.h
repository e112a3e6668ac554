// SPDX-License-Identifier: MIT
// How a model's parameters lie in one flat buffer and are cut into buckets: a function of their list alone, the same in every
// run and on every rank.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace irmae::distributed {

/// Where one parameter lies in the flat buffers, and in which bucket.
struct Slot {
  std::string name;
  std::int64_t first = 0;  ///< element offset
  std::int64_t count = 0;
  int bucket = 0;
};

/// Elements [first, first + count) of the flat buffer.
struct Bucket {
  std::int64_t first = 0;
  std::int64_t count = 0;
  int parameters = 0;
};

struct BucketPlan {
  std::vector<Slot> slots;      ///< in the order of the buckets
  std::vector<Bucket> buckets;  ///< the first one begins with the extras
  std::int64_t elements = 0;    ///< of the whole buffer

  /// Hash of every name, place and size: two runs with equal hashes sum in the same order.
  std::string hash() const;
};

/// Caps in bytes: a bucket closes when it reaches its cap. A small first bucket starts the communication early.
struct BucketCaps {
  std::int64_t first = std::int64_t{1} << 20;
  std::int64_t others = std::int64_t{25} << 20;
};

/// Small numbers that travel with the first bucket and are summed over ranks at no extra cost: loss, stop flag, ...
inline constexpr std::int64_t kExtras = 16;

/// Plans the buckets of these parameters, each a name and its number of elements, in the order of registration. Each parameter
/// starts on a 64-byte boundary.
BucketPlan plan_buckets(const std::vector<std::pair<std::string, std::int64_t>>& parameters, std::int64_t element_bytes,
                        BucketCaps caps);

}  // namespace irmae::distributed
