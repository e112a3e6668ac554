// SPDX-License-Identifier: MIT
#include "framework/models/network.h"

#include <fmt/format.h>

#include "storage/error.h"

namespace irmae::models {

const std::vector<NetworkKind>& networks() { return Registry<NetworkKind>::all(); }

namespace {

const NetworkKind& network_kind(const manifest::Cell& cell) { return Registry<NetworkKind>::of(cell); }

}  // namespace

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

Network make_network(const manifest::Cell& cell, const Shape& shape, std::int64_t latent, std::int64_t outputs) {
  check_network(cell, shape);
  return network_kind(cell).make(cell, shape, latent, outputs);
}

}  // namespace irmae::models
