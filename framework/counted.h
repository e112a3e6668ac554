// SPDX-License-Identifier: MIT
// Numbers of things as people read them.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace irmae {

/// A number with its noun, in the plural where it is not 1: "1 cell", "2 cells". `number` may be a text as well: "2, 4 epochs".
inline std::string counted(const auto& number, std::string_view noun) {
  const std::string text = fmt::format("{}", number);
  return fmt::format("{} {}{}", text, noun, text == "1" ? "" : "s");
}

}  // namespace irmae
