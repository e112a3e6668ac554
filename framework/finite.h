// SPDX-License-Identifier: MIT
// Users' numbers that are none: NaN and infinity.
#pragma once

#include <torch/types.h>

#include <string>

namespace irmae {

/// Checks that all numbers of `rows` are finite: floating, [count, values] or [count, channels, height, width], of which each
/// is one `noun`. Throws Error, behind `name`, with the place (counted from 0) and the value of the first number that is not
/// finite, and how many there are.
void check_finite(const torch::Tensor& rows, const std::string& name, const char* noun);

}  // namespace irmae
