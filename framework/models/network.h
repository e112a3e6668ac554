// SPDX-License-Identifier: MIT
// Encoder and decoder by name, and their registry. A network is one file.
#pragma once

#include <torch/nn/modules/container/sequential.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "framework/manifest/cell.h"
#include "framework/manifest/schema.h"
#include "framework/models/layers/layer_spec.h"
#include "framework/registry.h"

namespace irmae::models {

struct Network {
  torch::nn::Sequential encoder;  ///< [batch, channels, height, width] -> [batch, outputs]
  torch::nn::Sequential decoder;  ///< [batch, latent] -> [batch, channels, height, width], before the output function
};

/// The layers of a network as data, each part's in the order in which they are applied.
struct NetworkSpec {
  std::vector<LayerSpec> encoder, decoder;
};

/// Makes the layers of a network. Their initial values are drawn from LibTorch's generator, the encoder's first, within each
/// part from its last layer to its first.
Network build(const NetworkSpec& spec);

/// A network as it is known by name (model.network).
struct NetworkKind {
  static constexpr const char* kSelector = "model.network";
  manifest::Choice choice;
  /// Why the network does not take samples of this shape ([channels, height, width], or [width]): what it takes instead. Empty
  /// where it takes them.
  std::function<std::string(const Shape& shape)> why_not;
  /// Describes the network: the decoder takes `latent` numbers, the encoder gives `outputs` (the latent size, twice that for a
  /// VAE).
  std::function<NetworkSpec(const manifest::Cell& cell, const Shape& shape, std::int64_t latent, std::int64_t outputs)> make;
};

const std::vector<NetworkKind>& networks();

/// The network that the cell names, for samples of this shape. Throws UsageError where it does not take them.
NetworkSpec network_spec(const manifest::Cell& cell, const Shape& shape, std::int64_t latent, std::int64_t outputs);

/// Checks that the cell's network takes samples of this shape. Throws UsageError where it does not.
void check_network(const manifest::Cell& cell, const Shape& shape);

/// Paths of the parameters that say which network the cell has: model.network and those that its kind declares.
std::vector<std::string> network_parameters(const manifest::Cell& cell);

/// A static object of this type in a network's file registers it.
using RegisterNetwork = Registry<NetworkKind>::Entry;

}  // namespace irmae::models
