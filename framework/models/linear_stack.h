// SPDX-License-Identifier: MIT
// The plain matrices W_1 ... W_l between encoder and decoder: the paper's one idea (section 3, equation 1).
#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "framework/manifest/cell.h"
#include "framework/manifest/schema.h"

namespace irmae::models {

/// How the stack differs from the paper's: each is one of its ablations (section 4.4).
struct StackOptions {
  bool fixed = false;      ///< matrices stay at their initial values (figure 9)
  bool nonlinear = false;  ///< a ReLU after each matrix (figure 10)
  bool code_relu = true;   ///< where nonlinear: after the last one too, so that codes are never negative
  bool shared = false;     ///< one matrix in all places (figure 11)
};

/// `layers` square matrices of `latent` rows, without bias.
struct StackSpec {
  std::int64_t latent = 0, layers = 0;
  /// "uniform" is LibTorch's own for Linear, U(-1/sqrt(n), 1/sqrt(n)), as in the authors' code; see stack_keys for the others.
  std::string initialisation{};
  double scale = 1;  ///< factor on the initial values
  StackOptions options{};

  /// The names of the stack's parameters, each of which is [latent, latent]: "W1", "W2", ... A shared matrix has one name.
  std::vector<std::string> names() const;
};

class LinearStack : public torch::nn::Module {
 public:
  /// Draws the initial values from LibTorch's generator, W1 first.
  explicit LinearStack(const StackSpec& spec);

  /// Gives z = W_l ... W_1 codes; codes and z: [batch, latent].
  torch::Tensor forward(torch::Tensor codes);

  /// The matrices W_1 ... W_l, each [latent, latent]; a shared matrix stands once for each place.
  std::vector<torch::Tensor> matrices() const;

  /// Whether a ReLU follows the matrix at this place of matrices().
  bool relu_after(std::size_t place) const {
    return options_.nonlinear && (options_.code_relu || static_cast<std::int64_t>(place) + 1 < layers_);
  }
  bool linear() const { return !relu_after(0); }  ///< where one follows any matrix, one follows the first

  /// Has the project's own kernels for a GPU do the products, where they can, see Chain.
  void use_device_kernels() { device_ = true; }
  /// As Chain's.
  void use_bucket_views(const std::function<torch::Tensor(const torch::Tensor&)>& view_of);

 private:
  std::int64_t layers_;
  StackOptions options_;
  bool device_ = false;
  std::vector<torch::Tensor> bucket_views_;  ///< of each matrix
};

/// The parameters of every method with a linear stack.
std::vector<manifest::Key> stack_keys();

/// The stack that a cell with stack_keys describes; nothing when it asks for zero layers.
std::optional<StackSpec> stack_of(const manifest::Cell& cell, StackOptions options);

}  // namespace irmae::models
