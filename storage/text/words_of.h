// SPDX-License-Identifier: MIT
// The words by which files, messages and users call the values of an enumeration.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace irmae::storage {

/// One word for each of the N values of an enumeration that counts from 0, in its order. words_of() makes one.
template <class Enum, std::size_t N>
struct Words {
  std::array<std::string_view, N> words;

  constexpr std::string_view of(Enum value) const { return words.at(static_cast<std::size_t>(value)); }

  /// The value that is called so. Nothing where none is: who asked says what is allowed there.
  constexpr std::optional<Enum> from(std::string_view word) const {
    for (std::size_t i = 0; i < N; ++i)
      if (words[i] == word) return static_cast<Enum>(i);
    return std::nullopt;
  }
};

/// The words of an enumeration whose last value is `last`: words_of<Side::right>({"left", "right"}). A word too few or too many
/// does not compile.
template <auto last, std::size_t N>
constexpr Words<decltype(last), N> words_of(const std::string_view (&words)[N]) {
  static_assert(N == static_cast<std::size_t>(last) + 1, "a word for each value");
  Words<decltype(last), N> all{};
  std::ranges::copy(words, all.words.begin());
  return all;
}

}  // namespace irmae::storage
