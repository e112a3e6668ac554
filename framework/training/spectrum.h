// SPDX-License-Identifier: MIT
// Singular values of the code's covariance and of the linear stack, in float64.
#pragma once

#include <torch/types.h>

#include <vector>

#include "framework/distributed/communicator.h"
#include "framework/models/autoencoder.h"

namespace irmae::training {

/// Singular values of the covariance (divisor N - 1) of the codes of all ranks, from large to small: [latent], the same on
/// every rank. `codes`: this rank's part, [count, latent], on any device. Section 4 of the paper, before its division by the
/// largest.
std::vector<double> covariance_spectrum(const torch::Tensor& codes, distributed::Communicator& communicator);

struct StackSpectra {
  std::vector<double> product;                ///< [latent] of W_l ... W_1
  std::vector<std::vector<double>> matrices;  ///< [layers][latent]
};

/// The singular values of the linear stack's matrices and of their product, from large to small. Empty for a model without a
/// stack; no product where the stack is not linear.
StackSpectra stack_spectra(const models::Autoencoder& model);

}  // namespace irmae::training
