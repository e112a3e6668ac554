// SPDX-License-Identifier: MIT
#include "framework/manifest/describe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "framework/manifest/cell.h"

namespace irmae::manifest {

namespace {

std::string line(const Key& key) {
  std::string allowed;
  if (!key.choices.empty()) allowed = fmt::format("; {}", fmt::join(key.choices, ", "));
  if (std::isfinite(key.least)) allowed += fmt::format("; at least {}", key.least);
  if (std::isfinite(key.most)) allowed += fmt::format("; at most {}", key.most);
  return fmt::format("  {} = {}{}{}\n      {}\n", key.path, to_toml(key.fallback), allowed,
                     key.identity ? "" : "; not part of the cell's id", key.help);
}

}  // namespace

std::vector<Key> own_keys(const Choice& choice) {
  std::vector<Key> keys = choice.keys;
  for (Key& key : keys)
    if (const Scalar* value = storage::find_value(choice.defaults, key.path)) key.fallback = *value;
  return keys;
}

storage::Attributes defaults_for_others(const Choice& choice) {
  storage::Attributes defaults = choice.defaults;
  const auto is_own = [&](const auto& one) {
    return std::ranges::find(choice.keys, one.first, &Key::path) != choice.keys.end();
  };
  std::erase_if(defaults, is_own);
  return defaults;
}

std::string describe(const Schema& schema) {
  std::string text = "every cell\n";
  for (const Key& key : schema.base) text += line(key);
  for (const Choice& choice : schema.choices) {
    text += fmt::format("\n{} = \"{}\": {}\n", choice.selector, choice.name, choice.help);
    for (const Key& key : own_keys(choice)) text += line(key);
    for (const auto& [path, value] : defaults_for_others(choice))
      text += fmt::format("  {} = {} by default\n", path, to_toml(value));
  }
  return text;
}

}  // namespace irmae::manifest
