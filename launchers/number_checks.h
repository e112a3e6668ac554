// SPDX-License-Identifier: MIT
// Checks of numbers on the command line: CLI11's own name the largest double there is, in 309 digits.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

namespace irmae::launchers {

/// A number for which `good` holds; `what` says which, after "must be ".
template <class Good>
CLI::Validator number_that_is(const char* what, Good good) {
  return CLI::Validator(
      [what, good](std::string& text) {
        double number = 0;
        if (CLI::detail::lexical_cast(text, number) && good(number)) return std::string();
        return fmt::format("must be {}, not '{}'", what, text);
      },
      "");
}

inline CLI::Validator above_zero() { return number_that_is("a number above 0", [](double n) { return n > 0; }); }
inline CLI::Validator not_negative() { return number_that_is("0 or a number above it", [](double n) { return n >= 0; }); }

}  // namespace irmae::launchers
