// SPDX-License-Identifier: MIT
#pragma once

#include <ctime>
#include <string>

namespace irmae::storage {

/// Now in UTC, laid out as strftime's `layout` says, at most 63 bytes.
inline std::string utc_now(const char* layout) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[64] = {};
  std::strftime(text, sizeof text, layout, &parts);
  return text;
}

}  // namespace irmae::storage
