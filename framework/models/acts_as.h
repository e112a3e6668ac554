// SPDX-License-Identifier: MIT
// Layers of this project's own that compute their weights (by a normalisation, say): once training is over they do what one
// of LibTorch's layers does, and that is what is exported.
#pragma once

#include <torch/nn/module.h>

#include <memory>

namespace irmae::models {

class ActsAs {
 public:
  virtual ~ActsAs() = default;

  /// The layer of LibTorch that does the same to inputs of this shape ([count, ...]; the count does not matter).
  virtual std::shared_ptr<torch::nn::Module> plain(at::IntArrayRef input) const = 0;
};

}  // namespace irmae::models
