// SPDX-License-Identifier: MIT
// Encoder and decoder by name, and their registry. A network is one file.
#pragma once

#include <torch/nn/modules/container/sequential.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace irmae::models {

struct Network {
  torch::nn::Sequential encoder;  ///< [batch, channels, height, width] -> [batch, outputs]
  torch::nn::Sequential decoder;  ///< [batch, latent] -> [batch, channels, height, width], before the output function
};

/// A network as it is known by name (model.network).
struct NetworkKind {
  std::string name;
  std::string help;
  std::vector<std::int64_t> image_shape;  ///< [channels, height, width]
  /// `latent` is the decoder's input width; the encoder has `outputs` (the latent size, twice that for a VAE).
  std::function<Network(std::int64_t latent, std::int64_t outputs)> make;
};

const std::vector<NetworkKind>& networks();
const NetworkKind& network(const std::string& name);

struct RegisterNetwork {
  explicit RegisterNetwork(NetworkKind kind);
};

}  // namespace irmae::models
