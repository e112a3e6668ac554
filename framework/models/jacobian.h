// SPDX-License-Identifier: MIT
// The squared Frobenius norm of a Jacobian, which contractive methods penalise.
#pragma once

#include <torch/types.h>

#include "framework/models/method.h"

namespace irmae::models {

/// Sum over samples of |d outputs / d inputs|^2. outputs: [count, ...] a function of inputs: [count, ...], sample by
/// sample. `probes` = 0: exact, by one backward pass for each output of a sample; otherwise Hutchinson's unbiased estimate,
/// the mean of |v^T J|^2 over that many random signs v, which are functions of the samples alone. `differentiable`:
/// the result has a gradient itself.
torch::Tensor squared_jacobian(const torch::Tensor& outputs, const torch::Tensor& inputs, std::int64_t probes,
                               const Samples& samples, bool differentiable);

}  // namespace irmae::models
