// SPDX-License-Identifier: MIT
// Models and samples that are taken a batch at a time, so that memory does not grow with their number.
#pragma once

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace irmae {

/// How many samples or codes pass through a trained model at once.
inline constexpr std::int64_t kBatchRows = 250;

/// Calls `function` with all rows [n, ...] in their order, kBatchRows at a time, and puts its results together along their
/// first axis. Without rows it is called once, with none, for the result's shape. No gradients are kept.
template <class Function>
torch::Tensor in_batches(const torch::Tensor& rows, Function function) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> parts;
  for (std::int64_t first = 0; first == 0 || first < rows.size(0); first += kBatchRows)
    parts.push_back(function(rows.narrow(0, first, std::min(kBatchRows, rows.size(0) - first))));
  return torch::cat(parts);
}

}  // namespace irmae
