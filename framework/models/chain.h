// SPDX-License-Identifier: MIT
// A Sequential as it is run: strided convolutions by the project's own kernels where they can be, convolutions over a whole map
// and from one place as the matrix products that they are, every other layer by its own module. Chosen anew at each call, so
// that a model may be moved to a GPU or another type.
#pragma once

#include <torch/nn/modules/container/sequential.h>

#include <functional>
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

  /// On a GPU, in float32: lays the weights out for the project's own kernels there, and has them do all they can. Without a
  /// call, LibTorch does everything there.
  void use_device_kernels();
  /// For LibTorch's convolutions on a GPU: the channels are the last ones in memory, of weights and of maps, and what comes
  /// after a convolution is one operation.
  void channels_last();
  /// place_of(parameter): where such kernels put its gradient, or an undefined tensor. See gradient_target.
  void gradient_places(const std::function<torch::Tensor(const torch::Tensor&)>& place_of);

 private:
  enum class Kind { strided, transposed, whole, from_one, linear, relu, other };
  struct Step {
    torch::nn::AnyModule module;
    Kind kind = Kind::other;
    torch::Tensor weight{}, bias{};
    torch::Tensor weight_place{}, bias_place{};  ///< of their gradients
    bool pointwise = false;                      ///< a convolution from each place to the same
  };

  /// Whether the kernels can run the step at this place, on a map of this size.
  bool applies(std::size_t place, std::int64_t height, std::int64_t width) const;

  /// Whether it is a small matrix product for the kernels of a GPU. height 0: of a vector.
  bool is_product(std::size_t place, std::int64_t batch, std::int64_t height, std::int64_t width) const;
  /// One of both: such a step applies the gradient of the ReLU before it.
  bool takes(std::size_t place, std::int64_t batch, std::int64_t height, std::int64_t width) const {
    return applies(place, height, width) || is_product(place, batch, height, width);
  }
  /// Of a map in the kernels' layout, or of a vector, to the same.
  torch::Tensor product(const Step& step, const torch::Tensor& values, bool relu, bool next, bool after_relu) const;
  torch::Tensor run(const Step& step, const torch::Tensor& values) const;
  /// run() without the bias, of a map with the channels last; undefined where there is no such way.
  torch::Tensor run_last(const Step& step, const torch::Tensor& map) const;

  torch::nn::Sequential modules_;
  std::vector<Step> steps_;
  bool in_place_ = false;
  bool device_ = false;  ///< see use_device_kernels
  bool last_ = false;    ///< see channels_last
};

}  // namespace irmae::models
