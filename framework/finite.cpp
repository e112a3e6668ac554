// SPDX-License-Identifier: MIT
#include "framework/finite.h"

#include <fmt/format.h>

#include <cmath>

#include "framework/tensors.h"
#include "storage/error.h"

namespace irmae {

void check_finite(const torch::Tensor& rows, const std::string& name, const char* noun) {
  // Both are NaN where any number is. Unlike a mask of all numbers they take no memory.
  if (rows.numel() == 0 || (std::isfinite(rows.min().item<double>()) && std::isfinite(rows.max().item<double>()))) return;
  const torch::Tensor wrong = rows.isfinite().logical_not_();
  const auto count = wrong.sum().item<std::int64_t>();
  const std::int64_t first = first_true(wrong), of_one = rows.numel() / rows.size(0), within = first % of_one;
  std::string place = fmt::format("value {}", within);
  if (rows.dim() == 4) {
    const std::int64_t height = rows.size(2), width = rows.size(3);
    place = fmt::format("channel {}, row {}, column {}", within / (height * width), within / width % height, within % width);
  }
  throw Error(fmt::format(
      "{}: {} {}, {} (counted from 0) is {} ({} of {} values {} not finite): leave such {}s out, or fill them in", name, noun,
      first / of_one, place, rows.flatten()[first].item<double>(), count, rows.numel(), count == 1 ? "is" : "are", noun));
}

}  // namespace irmae
