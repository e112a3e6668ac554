// SPDX-License-Identifier: MIT
// A number that is the whole of a text.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace irmae::storage {

/// The number that the whole text is; nothing where anything else stands in it ("2x", " 2", ""), or where it is too large.
template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return {};
  return number;
}

}  // namespace irmae::storage
