// SPDX-License-Identifier: MIT
// A Sequential as it is run: strided convolutions by the project's own kernels where they can be, convolutions over a whole map
// and from one place as the matrix products that they are, every other layer by its own module. Chosen anew at each call, so
// that a model may be moved to a GPU or another type.
#pragma once

#include <torch/nn/modules/container/sequential.h>

#include <functional>
#include <vector>

namespace irmae::models {

struct LayerCall;

class Chain {
 public:
  /// Gives the weights that the kernels know the kernels' layout in memory (see own_layout).
  explicit Chain(torch::nn::Sequential modules);

  /// As modules->forward, up to rounding. Where gradients of gradients are wanted, call that.
  torch::Tensor forward(torch::Tensor values) const;

  /// See StridedLayer.
  void gradients_in_place(bool yes) { in_place_ = yes; }

  /// On a GPU, in float32: lays the weights out for the project's own kernels there, and has them do all they can. Without a
  /// call, as in a model that is merely moved there, they run the strided layers, whose weights have their layout from the
  /// start, and LibTorch all others.
  void use_device_kernels();
  /// For LibTorch's convolutions on a GPU: the channels are the last ones in memory, of weights and of maps, and what comes
  /// after a convolution is one operation.
  void channels_last();
  /// view_of(parameter): where such kernels put its gradient, its view of the buffer, or an undefined tensor. See
  /// device_gradients.h.
  void use_bucket_views(const std::function<torch::Tensor(const torch::Tensor&)>& view_of);

 private:
  enum class Kind { strided, transposed, whole, from_one, linear, relu, other };
  struct Step {
    torch::nn::AnyModule module;
    Kind kind = Kind::other;
    torch::Tensor weight{}, bias{};
    torch::Tensor weight_view{}, bias_view{};  ///< see use_bucket_views
    bool pointwise = false;                    ///< a convolution from each place to the same
  };

  static Step step_of(const torch::nn::AnyModule& module);

  /// Of a map; zeros for a vector.
  struct Size {
    std::int64_t height = 0, width = 0;
  };
  /// What goes from step to step.
  struct State {
    torch::Tensor values;
    bool own = false;         ///< a map in the kernels' layout
    bool after_relu = false;  ///< a ReLU's result, and its gradient is the next step's business
    Size size() const;
  };

  /// Whether the kernels can run the step of this index as a strided convolution.
  bool is_strided(std::size_t index, std::int64_t batch, Size size) const;
  /// Whether it is a small matrix product for the kernels of a GPU.
  bool is_product(std::size_t index, std::int64_t batch, Size size) const;
  /// Whether it goes from each place to the same, to few channels, by a kernel of a GPU.
  bool is_to_few(std::size_t index) const;
  /// One of them: such a step applies the gradient of the ReLU before it.
  bool by_kernels(std::size_t index, std::int64_t batch, Size size) const {
    return is_strided(index, batch, size) || is_product(index, batch, size) || (size.height > 0 && is_to_few(index));
  }

  /// What own kernels are told of the step of this index.
  LayerCall call_of(std::size_t index, bool relu, bool relu_gradient_done, const State& state) const;

  /// Ways to run the step of this index, with the ReLU behind it where there is one. False: not this way.
  bool by_strided_kernels(std::size_t index, bool relu, State& state) const;
  bool by_product_kernels(std::size_t index, bool relu, State& state) const;
  /// Without the ReLU: such layers are the last ones.
  bool by_pointwise_kernels(std::size_t index, State& state) const;
  bool by_channels_last(std::size_t index, bool relu, State& state) const;
  /// A product for each place, without the ReLU: from the kernels' layout general convolutions are slow at it.
  bool by_places(std::size_t index, State& state) const;
  /// The way that is left, without the ReLU.
  torch::Tensor run(const Step& step, const torch::Tensor& values) const;
  /// run() without the bias, of a map with the channels last; undefined where there is no such way.
  torch::Tensor run_channels_last(const Step& step, const torch::Tensor& map) const;

  torch::nn::Sequential modules_;
  std::vector<Step> steps_;
  bool in_place_ = false;
  bool device_ = false;         ///< see use_device_kernels
  bool channels_last_ = false;  ///< see channels_last
};

}  // namespace irmae::models
