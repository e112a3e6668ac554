// SPDX-License-Identifier: MIT
// Encoder, linear stack, decoder: what every method trains.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <string>

#include "framework/models/layers/chain.h"
#include "framework/models/linear_stack.h"
#include "framework/models/network.h"

namespace irmae::models {

/// What the decoder ends in.
enum class Output { tanh, sigmoid, none };

class Autoencoder : public torch::nn::Module {
 public:
  /// Registered in the order encoder, stack, decoder, so that the reverse is the order in which gradients appear.
  Autoencoder(Network network, std::shared_ptr<LinearStack> stack, Output output);

  // All three give numbers of the parameters' type, also under autocast.

  /// [batch, channels, height, width] -> [batch, encoder outputs], before the linear stack.
  torch::Tensor features(const torch::Tensor& images);
  /// The same after the linear stack.
  torch::Tensor encode(const torch::Tensor& images);
  /// [batch, latent] -> [batch, channels, height, width], after the output function.
  torch::Tensor decode(const torch::Tensor& codes);

  /// For methods that need gradients of gradients: layers are LibTorch's own, which have them.
  void second_derivatives(bool yes) { second_derivatives_ = yes; }
  /// Backward passes add to the parameters' grad() where that is faster, see StridedLayer.
  void gradients_in_place(bool yes);
  /// Of encoder, stack and decoder, see Chain.
  void use_device_kernels();
  void bucket_views(const std::function<torch::Tensor(const torch::Tensor&)>& view_of);
  /// Whether images are best given with the channels last in memory.
  bool channels_last() const { return channels_last_; }
  /// See Chain.
  void lay_channels_last();

  /// Null for methods without a stack.
  const std::shared_ptr<LinearStack>& stack() const { return stack_; }
  const torch::nn::Sequential& encoder() const { return encoder_; }
  const torch::nn::Sequential& decoder() const { return decoder_; }
  Output output() const { return output_; }

 private:
  torch::nn::Sequential encoder_;
  std::shared_ptr<LinearStack> stack_;
  torch::nn::Sequential decoder_;
  Output output_;
  Chain encoder_chain_, decoder_chain_;
  bool second_derivatives_ = false, channels_last_ = false;
};

}  // namespace irmae::models
