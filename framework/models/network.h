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
#include "framework/registry.h"

namespace irmae::models {

/// Of one sample: [channels, height, width], or [width].
using Shape = std::vector<std::int64_t>;

struct Network {
  torch::nn::Sequential encoder;  ///< [batch, channels, height, width] -> [batch, outputs]
  torch::nn::Sequential decoder;  ///< [batch, latent] -> [batch, channels, height, width], before the output function
};

/// A network as it is known by name (model.network).
struct NetworkKind {
  static constexpr const char* kSelector = "model.network";
  manifest::Choice choice;
  /// Empty where it takes samples of this shape ([channels, height, width], or [width]); otherwise what it takes.
  std::function<std::string(const Shape& shape)> why_not;
  /// The decoder takes `latent` numbers; the encoder gives `outputs` (the latent size, twice that for a VAE).
  std::function<Network(const manifest::Cell& cell, const Shape& shape, std::int64_t latent, std::int64_t outputs)> make;
};

const std::vector<NetworkKind>& networks();

/// The network that the cell names, for samples of this shape. Throws UsageError where it does not take them.
Network make_network(const manifest::Cell& cell, const Shape& shape, std::int64_t latent, std::int64_t outputs);

/// Throws UsageError where the cell's network does not take samples of this shape.
void check_network(const manifest::Cell& cell, const Shape& shape);

/// Paths of the parameters that say which network the cell has: model.network and those that its kind declares.
std::vector<std::string> network_parameters(const manifest::Cell& cell);

/// A static object of this type in a network's file registers it.
using RegisterNetwork = Registry<NetworkKind>::Entry;

}  // namespace irmae::models
