// SPDX-License-Identifier: MIT
// Models and samples that are taken a batch at a time, so that memory does not grow with their number.
#pragma once

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "framework/data/dataset.h"
#include "framework/share.h"

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

/// Calls `function` with the indices of a share's samples in their order (std::vector<std::int64_t>), `at_once` (at least 1) of
/// them at a time, at last those that are left. Without samples it is not called.
template <class Function>
void for_batches(const Share& share, std::int64_t at_once, Function function) {
  for (std::int64_t done = 0; done < share.count; done += at_once)
    function(data::consecutive(share.first + done, std::min(at_once, share.count - done)));
}

}  // namespace irmae
