// SPDX-License-Identifier: MIT
// A number that is the whole of a text, and several between separators.
#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

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

/// The numbers between separators, such as 3, 32 and 32 in "3x32x32"; nothing where there is none between two, or anything else
/// stands there.
template <class Number>
std::optional<std::vector<Number>> numbers_in(std::string_view text, char separator) {
  std::vector<Number> numbers;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(separator, start), text.size());
    const auto number = number_in<Number>(text.substr(start, end - start));
    if (!number) return {};
    numbers.push_back(*number);
    start = end + 1;
  }
  return numbers;
}

}  // namespace irmae::storage
