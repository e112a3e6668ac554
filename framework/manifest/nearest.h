// SPDX-License-Identifier: MIT
// "Did you mean ...?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace irmae::manifest {

/// Insertions, deletions, substitutions and swaps of neighbours between two words (Damerau-Levenshtein, restricted).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known word nearest to `word`, or an empty string when none is near enough to be meant.
std::string nearest(const std::string& word, const std::vector<std::string>& known);

/// "; did you mean x?" or nothing.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& known);

/// "'y' is not one of x, z", with did_you_mean behind it.
std::string not_one_of(const std::string& word, const std::vector<std::string>& known);

}  // namespace irmae::manifest
