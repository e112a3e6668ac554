// SPDX-License-Identifier: MIT
// The methods that a test goes over: all that are registered, so that the next one is among them by itself.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "framework/models/method.h"

namespace irmae::tests {

/// Names of all registered methods, sorted, but for those that a test leaves out, each of which stands with the reason. Throws
/// std::logic_error where such a name is no method's.
inline std::vector<std::string> every_method_but(const std::map<std::string, std::string>& left_out) {
  std::vector<std::string> names;
  for (const models::MethodKind& kind : models::methods()) names.push_back(kind.choice.name);
  for (const auto& [name, reason] : left_out)
    if (std::erase(names, name) == 0) throw std::logic_error("no method is named " + name + ", which is left out: " + reason);
  return names;
}

inline std::vector<std::string> every_method() { return every_method_but({}); }

}  // namespace irmae::tests
