// SPDX-License-Identifier: MIT
#include "framework/training/spectrum.h"

#include <ATen/ops/linalg_svdvals.h>

namespace irmae::training {

namespace {

std::vector<double> singular_values(const torch::Tensor& matrix) {
  const torch::Tensor values = at::linalg_svdvals(matrix).contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

}  // namespace

std::vector<double> covariance_spectrum(const torch::Tensor& codes, distributed::Communicator& communicator) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor mine = codes.to(torch::kFloat64);
  // Two passes: the mean first, so that no large squares cancel.
  const torch::Tensor sums = torch::cat({mine.sum(0).to(torch::kCPU), torch::full({1}, mine.size(0), torch::kFloat64)});
  communicator.sum(sums, "sum of the codes");
  const double count = sums[-1].item<double>();
  const torch::Tensor centred = mine - (sums.narrow(0, 0, mine.size(1)) / count).to(mine.device());
  // Few numbers now, and the host's decomposition is the faster one for so few.
  const torch::Tensor covariance = (centred.t().mm(centred) / std::max(1.0, count - 1)).to(torch::kCPU);
  communicator.sum(covariance, "sum of the codes' covariance");
  return singular_values(covariance);
}

StackSpectra stack_spectra(const models::Autoencoder& model) {
  if (!model.stack()) return {};
  const torch::NoGradGuard no_grad;
  StackSpectra spectra;
  torch::Tensor product;
  for (const torch::Tensor& weight : model.stack()->matrices()) {
    const torch::Tensor matrix = weight.detach().to(torch::kCPU, torch::kFloat64);
    spectra.matrices.push_back(singular_values(matrix));
    product = product.defined() ? matrix.mm(product) : matrix;
  }
  if (model.stack()->linear()) spectra.product = singular_values(product);
  return spectra;
}

}  // namespace irmae::training
