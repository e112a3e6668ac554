// SPDX-License-Identifier: MIT
#include "analysis/frechet/statistics.h"

#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_eigvalsh.h>

#include <algorithm>

#include "storage/error.h"

namespace irmae::frechet {

Sums::Sums(std::int64_t width)
    : count(torch::zeros({1}, torch::kFloat64)),
      first(torch::zeros({width}, torch::kFloat64)),
      products(torch::zeros({width, width}, torch::kFloat64)) {}

void Sums::add(const torch::Tensor& features) {
  const torch::Tensor rows = features.to(torch::kCPU, torch::kFloat64);
  count += static_cast<double>(rows.size(0));
  first += rows.sum(0);
  products.addmm_(rows.t(), rows);
}

Statistics Sums::statistics() const {
  const auto n = count.item<double>();
  if (n < 2) throw Error("a covariance of features needs at least two images");
  const torch::Tensor mean = first / n;
  return {static_cast<std::int64_t>(n), mean, (products - n * mean.outer(mean)) / (n - 1)};
}

double distance(const Statistics& a, const Statistics& b) {
  const auto [values, vectors] = at::linalg_eigh(a.covariance);
  const torch::Tensor root = (vectors * values.clamp_min(0).sqrt()).mm(vectors.t());
  const torch::Tensor inner = root.mm(b.covariance).mm(root);
  const torch::Tensor cross = at::linalg_eigvalsh((inner + inner.t()) / 2).clamp_min(0).sqrt().sum();
  const torch::Tensor result = (a.mean - b.mean).square().sum() + a.covariance.trace() + b.covariance.trace() - 2 * cross;
  return std::max(result.item<double>(), 0.0);
}

}  // namespace irmae::frechet
