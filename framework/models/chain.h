// SPDX-License-Identifier: MIT
// A Sequential as it is run: strided convolutions by the project's own kernels where they can be, convolutions over a whole map
// and from one place as the matrix products that they are, every other layer by its own module. Chosen anew at each call, so
// that a model may be moved to a GPU or another type.
#pragma once

#include <torch/nn/modules/container/sequential.h>

#include <vector>

namespace irmae::models {

class Chain {
 public:
  /// Gives the weights that the kernels know the kernels' layout in memory (see own_layout).
  explicit Chain(torch::nn::Sequential modules);

  /// As modules->forward, up to rounding. Where gradients of gradients are wanted, call that.
  torch::Tensor forward(torch::Tensor values) const;

  /// See StridedLayer.
  void gradients_in_place(bool yes) { in_place_ = yes; }

 private:
  enum class Kind { strided, transposed, whole, from_one, relu, other };
  struct Step {
    torch::nn::AnyModule module;
    Kind kind = Kind::other;
    torch::Tensor weight{}, bias{};  ///< of a convolution
  };

  /// Whether the kernels can run the step at this place, on a map of this size.
  bool applies(std::size_t place, std::int64_t height, std::int64_t width) const;

  torch::Tensor run(const Step& step, const torch::Tensor& values) const;

  torch::nn::Sequential modules_;
  std::vector<Step> steps_;
  bool in_place_ = false;
};

}  // namespace irmae::models
