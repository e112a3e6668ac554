// SPDX-License-Identifier: MIT
#include "analysis/dimension/neighbours.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace irmae::dimension {

namespace {

constexpr double kShareFitted = 0.9;
constexpr std::int64_t kFewestNeighbours = 10;
/// Numbers of one block of differences, so that memory does not grow with the points.
constexpr std::int64_t kNumbersAtOnce = 2'000'000;

}  // namespace

torch::Tensor distinct_rows(const torch::Tensor& points) {
  const torch::Tensor rows = points + 0.0;  // a copy, in which -0.0 is 0.0
  const auto bytes = static_cast<std::size_t>(rows.size(1)) * sizeof(double);
  const auto* row = static_cast<const char*>(rows.const_data_ptr());
  std::unordered_set<std::string_view> seen;
  std::vector<std::int64_t> distinct;
  for (std::int64_t i = 0; i < rows.size(0); ++i, row += bytes)
    if (seen.emplace(row, bytes).second) distinct.push_back(i);
  return torch::tensor(distinct, torch::kLong);
}

torch::Tensor apart(const torch::Tensor& distances, double rounding) {
  return distances.index({distances.select(1, 0) > rounding});
}

torch::Tensor nearest(const torch::Tensor& points, std::int64_t first, std::int64_t rows, std::int64_t count) {
  // A norm and its square: the squares of all numbers would take as much memory as the points.
  const torch::Tensor squares = torch::linalg_vector_norm(points, 2, 1).square_();
  const std::int64_t block = std::max<std::int64_t>(kNumbersAtOnce / std::max(points.size(0), count * points.size(1)), 1);
  torch::Tensor all = torch::empty({rows, count}, points.options());
  for (std::int64_t done = 0; done < rows; done += block) {
    const std::int64_t now = std::min(block, rows - done), from = first + done;
    const torch::Tensor own = points.narrow(0, from, now);
    // |a - b|^2 = |a|^2 - 2 ab + |b|^2 is fast, and exact enough to say who is near; how near is then computed from
    // differences.
    torch::Tensor approximate = torch::addmm(squares.unsqueeze(0), own, points.t(), 1, -2);
    const torch::Tensor self = torch::arange(from, from + now, torch::TensorOptions(torch::kLong).device(points.device()));
    approximate.scatter_(1, self.unsqueeze(1), INFINITY);
    const torch::Tensor who = std::get<1>(approximate.topk(count, 1, /*largest=*/false));
    const torch::Tensor differences = points.index_select(0, who.flatten()).view({now, count, -1}).sub_(own.unsqueeze(1));
    all.narrow(0, done, now).copy_(std::get<0>(differences.square_().sum(2).sqrt_().sort(1)));
  }
  return all;
}

std::optional<double> two_nn(const torch::Tensor& distances) {
  const std::int64_t count = distances.size(0);
  const auto fitted = static_cast<std::int64_t>(kShareFitted * static_cast<double>(count));
  if (fitted < 1) return {};
  const torch::Tensor ratios = distances.select(1, 1) / distances.select(1, 0);
  const torch::Tensor logarithms = std::get<0>(ratios.log().sort()).narrow(0, 0, fitted);
  const torch::Tensor below = torch::arange(1, fitted + 1, distances.options()) / static_cast<double>(count);
  const double across = logarithms.square().sum().item<double>();
  if (!(across > 0)) return {};
  return (logarithms * -torch::log1p(-below)).sum().item<double>() / across;
}

std::optional<double> maximum_likelihood(const torch::Tensor& distances) {
  if (distances.size(0) == 0) return {};
  const torch::Tensor logarithms = distances.log();
  double sum = 0;
  for (std::int64_t k = kFewestNeighbours; k <= kNeighbours; ++k) {
    const torch::Tensor growth = logarithms.select(1, k - 1).unsqueeze(1) - logarithms.narrow(1, 0, k - 1);
    const double mean = growth.mean().item<double>();
    if (!(mean > 0)) return {};
    sum += 1 / mean;
  }
  return sum / static_cast<double>(kNeighbours - kFewestNeighbours + 1);
}

}  // namespace irmae::dimension
