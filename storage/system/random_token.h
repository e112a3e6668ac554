// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <random>
#include <string>

namespace irmae::storage {

/// A text of `numbers` random numbers, 8 hex digits each, that no other process is likely to have. For names and marks; no
/// result depends on it.
inline std::string random_token(int numbers) {
  std::random_device random;
  std::string token;
  for (int i = 0; i < numbers; ++i) token += fmt::format("{:08x}", random());
  return token;
}

}  // namespace irmae::storage
