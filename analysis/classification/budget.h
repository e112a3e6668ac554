// SPDX-License-Identifier: MIT
// How long a classifier of table 2 is trained, and which of its updates may be chosen. Without LibTorch: the report says it
// too.
#pragma once

#include <algorithm>
#include <cstdint>

namespace irmae::classification {

/// How long a classifier is trained.
struct Budget {
  std::int64_t updates = 5000;
  std::int64_t batch = 128;
  std::int64_t checks = 50;  ///< how often the held-out accuracy is taken, see every_of
};

/// The held-out accuracy is taken at each update whose number this divides, and at the last one: only these can be chosen.
inline std::int64_t every_of(const Budget& budget) { return std::max<std::int64_t>(budget.updates / budget.checks, 1); }

/// How often the held-out accuracy is taken: at least as often as the budget's checks say and less than twice that, or at every
/// update where there are fewer.
inline std::int64_t checks_of(const Budget& budget) { return (budget.updates + every_of(budget) - 1) / every_of(budget); }

}  // namespace irmae::classification
