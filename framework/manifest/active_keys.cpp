// SPDX-License-Identifier: MIT
#include "framework/manifest/active_keys.h"

namespace irmae::manifest {

ActiveKeys active_keys(const Schema& schema, const std::function<const Scalar*(const std::string& path)>& set) {
  ActiveKeys active;
  for (const Key& key : schema.base) active[key.path] = {&key, &key.fallback};
  // In the schema's order, so that a choice's default may itself be a selecting key: a data set brings its network.
  std::map<std::string_view, const Scalar*> defaults;
  for (const Choice& choice : schema.choices) {
    const auto selector = active.find(choice.selector);
    if (selector == active.end()) continue;
    const Scalar* value = set(choice.selector);
    if (!value) value = selector->second.fallback;
    const auto* name = std::get_if<std::string>(value);
    if (!name || *name != choice.name) continue;
    for (const Key& key : choice.keys) {
      const auto given = defaults.find(key.path);
      active[key.path] = {&key, given == defaults.end() ? &key.fallback : given->second};
    }
    for (const auto& [path, preset] : choice.defaults) {
      defaults[path] = &preset;
      if (const auto key = active.find(path); key != active.end()) key->second.fallback = &preset;
    }
  }
  return active;
}

}  // namespace irmae::manifest
