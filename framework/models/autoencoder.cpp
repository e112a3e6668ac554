// SPDX-License-Identifier: MIT
#include "framework/models/autoencoder.h"

namespace irmae::models {

namespace {

/// Under autocast layers give bfloat16. What is made of it (a sigmoid, whose logarithm is taken, a penalty, a loss) needs more.
torch::Tensor in_full(const torch::Tensor& values) {
  return values.scalar_type() == torch::kBFloat16 ? values.to(torch::kFloat32) : values;
}

}  // namespace

Autoencoder::Autoencoder(Network network, std::shared_ptr<LinearStack> stack, Output output)
    : encoder_(std::move(network.encoder)),
      stack_(std::move(stack)),
      decoder_(std::move(network.decoder)),
      output_(output),
      encoder_chain_(encoder_),
      decoder_chain_(decoder_) {
  register_module("encoder", encoder_);
  if (stack_) register_module("stack", stack_);
  register_module("decoder", decoder_);
}

torch::Tensor Autoencoder::features(const torch::Tensor& images) {
  return in_full(second_derivatives_ ? encoder_->forward(images) : encoder_chain_.forward(images));
}

void Autoencoder::gradients_in_place(bool yes) {
  encoder_chain_.gradients_in_place(yes);
  decoder_chain_.gradients_in_place(yes);
}

void Autoencoder::use_device_kernels() {
  encoder_chain_.use_device_kernels();
  decoder_chain_.use_device_kernels();
  if (stack_) stack_->use_device_kernels();
  channels_last_ = true;
}

void Autoencoder::lay_channels_last() {
  encoder_chain_.channels_last();
  decoder_chain_.channels_last();
  channels_last_ = true;
}

void Autoencoder::use_bucket_views(const std::function<torch::Tensor(const torch::Tensor&)>& view_of) {
  encoder_chain_.use_bucket_views(view_of);
  decoder_chain_.use_bucket_views(view_of);
  if (stack_) stack_->use_bucket_views(view_of);
}

torch::Tensor Autoencoder::encode(const torch::Tensor& images) {
  torch::Tensor codes = features(images);
  return stack_ ? in_full(stack_->forward(codes)) : codes;
}

torch::Tensor Autoencoder::decode(const torch::Tensor& codes) {
  const torch::Tensor images = in_full(second_derivatives_ ? decoder_->forward(codes) : decoder_chain_.forward(codes));
  switch (output_) {
    case Output::tanh:
      return torch::tanh(images);
    case Output::sigmoid:
      return torch::sigmoid(images);
    case Output::none:
      break;
  }
  return images;
}

}  // namespace irmae::models
