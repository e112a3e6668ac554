// SPDX-License-Identifier: MIT
// Fully connected encoder and decoder for vectors, with ReLU between their layers.
#include "framework/models/networks/general.h"
#include "framework/models/networks/layers.h"

namespace irmae::models {

namespace {

const RegisterNetwork mlp_network{{
    .choice = {.name = "mlp", .help = "vectors: fully connected layers", .keys = mlp_keys()},
    .why_not = [](const Shape& shape) { return shape.size() == 1 ? "" : "vectors"; },
    .make = make_mlp,
}};

std::vector<LayerSpec> chain(std::int64_t from, std::int64_t to, std::int64_t hidden, std::int64_t layers) {
  std::vector<LayerSpec> all;
  for (std::int64_t i = 0; i < layers; ++i) {
    all.push_back(linear(i == 0 ? from : hidden, hidden));
    all.push_back(relu());
  }
  all.push_back(linear(layers == 0 ? from : hidden, to));
  return all;
}

}  // namespace

NetworkSpec make_mlp(const manifest::Cell& cell, const Shape& shape, std::int64_t latent, std::int64_t outputs) {
  const std::int64_t hidden = cell.integer("model.hidden"), layers = cell.integer("model.hidden_layers");
  return {chain(shape[0], outputs, hidden, layers), chain(latent, shape[0], hidden, layers)};
}

std::vector<manifest::Key> mlp_keys() {
  return {{.path = "model.hidden",
           .fallback = std::int64_t{256},
           .help = "width of the hidden layers of a network for vectors",
           .least = 1,
           .most = 65536},
          {.path = "model.hidden_layers",
           .fallback = std::int64_t{3},
           .help = "hidden layers of encoder and decoder each, of a network for vectors",
           .least = 0,
           .most = 100}};
}

}  // namespace irmae::models
