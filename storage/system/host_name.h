// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <string>

namespace irmae::storage {

/// Name of the machine that this process runs on, at most 255 bytes.
inline std::string host_name() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace irmae::storage
