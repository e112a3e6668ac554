// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace irmae::storage {

/// The first line that is not blank, from its first word on: what libraries and programs say in many. Empty where none is.
inline std::string first_line(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \n");
  return start == std::string_view::npos ? "" : std::string(text.substr(start, text.find('\n', start) - start));
}

}  // namespace irmae::storage
