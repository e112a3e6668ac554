// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <string>

namespace irmae::storage {

/// Value of an environment variable; empty where it is not set.
inline std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace irmae::storage
