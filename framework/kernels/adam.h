// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "framework/kernels/range.h"

namespace irmae::kernels {

/// One update by Adam (Kingma and Ba 2015, algorithm 1).
struct AdamRule {
  double rate = 0, beta1 = 0, beta2 = 0, epsilon = 0;
  double decay = 0;         ///< of weights: added to the gradient,
  bool decoupled = false;   ///< or taken from the values themselves (AdamW; Loshchilov and Hutter 2019)
  std::int64_t update = 1;  ///< number of this update, from 1
};

}  // namespace irmae::kernels
