// SPDX-License-Identifier: MIT
#include "framework/models/network.h"

#include <algorithm>
#include <stdexcept>

namespace irmae::models {

namespace {

std::vector<NetworkKind>& registry() {
  static std::vector<NetworkKind> all;
  return all;
}

}  // namespace

const std::vector<NetworkKind>& networks() { return registry(); }

const NetworkKind& network(const std::string& name) {
  for (const NetworkKind& kind : networks())
    if (kind.name == name) return kind;
  throw std::logic_error("network '" + name + "' passed the schema but is not registered");
}

RegisterNetwork::RegisterNetwork(NetworkKind kind) {
  auto& all = registry();
  const auto place = std::lower_bound(all.begin(), all.end(), kind,
                                      [](const NetworkKind& a, const NetworkKind& b) { return a.name < b.name; });
  all.insert(place, std::move(kind));
}

}  // namespace irmae::models
