// SPDX-License-Identifier: MIT
#include "framework/models/jacobian.h"

#include <torch/csrc/autograd/autograd.h>

namespace irmae::models {

torch::Tensor squared_jacobian(const torch::Tensor& outputs, const torch::Tensor& inputs, std::int64_t probes,
                               const Samples& samples, bool differentiable) {
  const std::int64_t count = outputs.size(0);
  const torch::Tensor flat = outputs.reshape({count, -1});
  const std::int64_t width = flat.size(1), passes = probes == 0 ? width : probes;
  torch::Tensor signs;
  if (probes > 0) signs = samples.normal(count, probes * width, flat.options()).view({count, probes, width}).sign();
  torch::Tensor sum = torch::zeros({}, flat.options().requires_grad(false));
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    const torch::Tensor seen = probes > 0 ? (flat * signs.select(1, pass)).sum() : flat.select(1, pass).sum();
    // Samples do not see each other: the gradient of the sum is each sample's own row v^T J.
    const torch::Tensor row = torch::autograd::grad({seen}, {inputs}, {}, /*retain_graph=*/true, differentiable)[0];
    sum = sum + row.square().sum();
  }
  return probes > 0 ? sum / static_cast<double>(probes) : sum;
}

}  // namespace irmae::models
