// SPDX-License-Identifier: MIT
#include "framework/models/network.h"

#include <fmt/format.h>

#include "framework/models/layers/layer_module.h"
#include "storage/error.h"

namespace irmae::models {

const std::vector<NetworkKind>& networks() { return Registry<NetworkKind>::all(); }

namespace {

const NetworkKind& network_kind(const manifest::Cell& cell) { return Registry<NetworkKind>::of(cell); }

torch::nn::Sequential sequence(const std::vector<LayerSpec>& layers) {
  std::vector<torch::nn::AnyModule> made(layers.size());
  for (std::size_t i = layers.size(); i-- > 0;) made[i] = make_module(layers[i]);
  torch::nn::Sequential all;
  for (torch::nn::AnyModule& module : made) all->push_back(std::move(module));
  return all;
}

}  // namespace

Network build(const NetworkSpec& spec) { return {sequence(spec.encoder), sequence(spec.decoder)}; }

void check_network(const manifest::Cell& cell, const Shape& shape) {
  if (const std::string reason = network_kind(cell).why_not(shape); !reason.empty())
    throw UsageError(fmt::format("cell {}: network {} takes {}, but data set {} has samples of {}: set model.network",
                                 cell.name, cell.text("model.network"), reason, cell.text("data.name"),
                                 fmt::join(shape, " x ")));
}

std::vector<std::string> network_parameters(const manifest::Cell& cell) {
  const manifest::Choice& choice = network_kind(cell).choice;
  std::vector<std::string> paths{choice.selector};
  for (const manifest::Key& key : choice.keys) paths.push_back(key.path);
  return paths;
}

NetworkSpec network_spec(const manifest::Cell& cell, const Shape& shape, std::int64_t latent, std::int64_t outputs) {
  check_network(cell, shape);
  return network_kind(cell).make(cell, shape, latent, outputs);
}

}  // namespace irmae::models
