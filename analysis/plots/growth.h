// SPDX-License-Identifier: MIT
// What the theory of deep matrix factorisation says beside what was recorded: the singular values of the product
// W_l ... W_1 over training, and their rates of growth.
#pragma once

#include <string>

#include "analysis/drawing/figure.h"

namespace irmae::analysis {

/// Curves of the singular values of the product W_l ... W_1 over epochs; no series where the run has no linear stack. `label`:
/// the run's, the title's second line.
Panel product_values(const Run& run, const std::string& label, int colour);

/// Rate of change in an epoch of each singular value of the product W_l ... W_1 against its size, both logarithmic, and the law
/// d sigma / dt = c sigma^(2 - 2/l) of gradient flow on l balanced matrices (Arora, Cohen, Hu and Luo 2019, theorem 3). There
/// c = l <-grad, u v^T> differs between components and over time, and only the power is the law's. The power that is measured
/// is the one slope of log rate over log size that all components share, by least squares with an intercept for each: each
/// component's own means are taken off first, or values that grow at other rates and come to other sizes would make a slope
/// where none of them has it. c that changes while a value grows is still in it. Both lines, the law's and this one, go through
/// the means of all points' logarithms: their heights say nothing, their slopes compare. Training is Adam from unbalanced
/// matrices: how far the two slopes differ is the result. The law is about growth, and a power can only be told over a range of
/// sizes: of each value its last rise without a break to half of its maximum counts, if the maximum is ten times the value at
/// which the rise begins, and of it the intervals that end below that half, as growth slows down before it ends. All others are
/// shown apart, and so is a value's only interval. With fewer than five that count none does: then there is no measured line,
/// and the law's goes through the mean of the logarithms of all growth. `label`: the run's, the title's second line. `colour`:
/// the run's.
Panel growth_law(const Run& run, const std::string& label, int colour);

}  // namespace irmae::analysis
