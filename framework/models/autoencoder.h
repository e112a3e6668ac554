// SPDX-License-Identifier: MIT
// Encoder, linear stack, decoder: what every method trains.
#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "framework/models/layers/chain.h"
#include "framework/models/linear_stack.h"
#include "framework/models/network.h"
#include "storage/text/words_of.h"

namespace irmae::models {

/// The function that the decoder ends in.
enum class Output { tanh, sigmoid, none };
inline constexpr auto kOutputs = storage::words_of<Output::none>({"tanh", "sigmoid", "none"});  ///< model.output's words

class Autoencoder : public torch::nn::Module {
 public:
  /// Puts a model together; a null stack is none. Its parts are registered in the order encoder, stack, decoder, so that the
  /// reverse is the order in which gradients appear.
  Autoencoder(Network network, std::shared_ptr<LinearStack> stack, Output output);

  // All three give numbers of the parameters' type, also under autocast.

  /// What the encoder gives before the linear stack: [batch, channels, height, width] -> [batch, encoder outputs].
  torch::Tensor features(const torch::Tensor& images);
  /// What the encoder gives after the linear stack: [batch, channels, height, width] -> [batch, encoder outputs].
  torch::Tensor encode(const torch::Tensor& images);
  /// The images of codes, after the output function: [batch, latent] -> [batch, channels, height, width].
  torch::Tensor decode(const torch::Tensor& codes);

  /// yes: encoder and decoder run by LibTorch's own layers, for methods that need gradients of gradients, which the project's
  /// kernels do not have.
  void second_derivatives(bool yes) { second_derivatives_ = yes; }
  /// Has backward passes add to the parameters' grad() where that is faster, see StridedLayer.
  void gradients_in_place(bool yes);
  /// On a GPU, in float32: has the project's own kernels do all they can in encoder, stack and decoder. Without a call,
  /// LibTorch does the stack's products, and Chain says who runs the other layers.
  void use_device_kernels();
  /// Has those kernels put gradients where they belong at once: view_of(parameter) is its view of the gradients' buffer, or
  /// undefined where it has none.
  void use_bucket_views(const std::function<torch::Tensor(const torch::Tensor&)>& view_of);
  /// Whether images are best given with the channels last in memory.
  bool channels_last() const { return channels_last_; }
  /// For LibTorch's convolutions on a GPU: lays the channels of weights and of maps last in memory, see Chain.
  void lay_channels_last();

  /// The linear stack; null for methods without one.
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
