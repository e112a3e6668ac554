// SPDX-License-Identifier: MIT
// What the evaluations that end in pictures share.
#pragma once

#include <string>

#include "analysis/evaluation/evaluation.h"

namespace irmae::evaluation {

/// Why this model makes no pictures; empty: it does.
std::string why_no_images(const Context& context);

}  // namespace irmae::evaluation
