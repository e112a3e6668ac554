// SPDX-License-Identifier: MIT
// What the theory of deep matrix factorisation says beside what was recorded: the singular values of the product
// W_l ... W_1 over training, and their rates of growth.
#pragma once

#include "analysis/figure.h"

namespace irmae::analysis {

/// Curves of the singular values of the product W_l ... W_1 over epochs; no series where the run has no linear stack.
Panel product_values(const Run& run, int colour);

/// Rate of change in an epoch of each singular value of the product W_l ... W_1 against its size, both logarithmic, and the law
/// d sigma / dt = c sigma^(2 - 2/l) of gradient flow on l balanced matrices (Arora, Cohen, Hu and Luo 2019, theorem 3). There
/// c = l <-grad, u v^T> differs between components and over time; here it is one number, the median over the values that
/// grow, so only the slope is compared: with the one measured, by least squares of the logarithms. Training is Adam from
/// unbalanced matrices: how far the points stay from the line is the result. The law is about growth, and a power can only be
/// told over a range of sizes: of each value its last rise without a break to half of its maximum counts, if the maximum is ten
/// times the value at which the rise begins, and of it the intervals that end below that half, as growth slows down before it
/// ends. All others are shown apart. With fewer than five that count none does, and there is no line.
Panel growth_law(const Run& run, int colour);

}  // namespace irmae::analysis
