// SPDX-License-Identifier: MIT
#pragma once

#include <fstream>
#include <string>

namespace irmae::storage {

/// This machine's kind of processor, as Linux names it; "unknown" where it does not.
inline std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

}  // namespace irmae::storage
