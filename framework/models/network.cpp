// SPDX-License-Identifier: MIT
#include "framework/models/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "storage/error.h"

namespace irmae::models {

namespace {

std::vector<NetworkKind>& registry() {
  static std::vector<NetworkKind> all;
  return all;
}

}  // namespace

const std::vector<NetworkKind>& networks() { return registry(); }

Network make_network(const manifest::Cell& cell, const Shape& shape, std::int64_t latent, std::int64_t outputs) {
  const std::string& name = cell.text("model.network");
  for (const NetworkKind& kind : networks()) {
    if (kind.choice.name != name) continue;
    if (const std::string reason = kind.why_not(shape); !reason.empty())
      throw UsageError(fmt::format("cell {}: network {} takes {}, but data set {} has samples of {}: set model.network",
                                   cell.name, name, reason, cell.text("data.name"), fmt::join(shape, " x ")));
    return kind.make(cell, shape, latent, outputs);
  }
  throw std::logic_error("network '" + name + "' passed the schema but is not registered");
}

RegisterNetwork::RegisterNetwork(NetworkKind kind) {
  auto& all = registry();
  const auto place = std::lower_bound(all.begin(), all.end(), kind,
                                      [](const NetworkKind& a, const NetworkKind& b) { return a.choice.name < b.choice.name; });
  all.insert(place, std::move(kind));
}

}  // namespace irmae::models
