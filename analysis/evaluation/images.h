// SPDX-License-Identifier: MIT
// What the evaluations that end in pictures share.
#pragma once

#include <string>

#include "analysis/evaluation/evaluation.h"

namespace irmae::evaluation {

/// Why this model makes no pictures; empty: it does.
std::string why_no_images(const Context& context);

/// Codes of the validation samples first .. first + count - 1, float64 [count, latent], equal on every rank.
torch::Tensor validation_codes(const Context& context, std::int64_t first, std::int64_t count);

}  // namespace irmae::evaluation
