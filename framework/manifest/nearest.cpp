// SPDX-License-Identifier: MIT
#include "framework/manifest/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace irmae::manifest {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) table[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = a[i - 1] == b[j - 1] ? 0 : 1;
      table[i][j] = std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
    }
  }
  return table[a.size()][b.size()];
}

std::string nearest(const std::string& word, const std::vector<std::string>& known) {
  if (word.size() > 100) return {};
  std::string best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < least) least = distance, best = candidate;
  }
  if (!best.empty()) return best;
  // A right word in the wrong table: train.latent for model.latent.
  const std::string last = word.substr(word.rfind('.') + 1);
  for (const std::string& candidate : known)
    if (candidate.substr(candidate.rfind('.') + 1) == last) return candidate;
  return {};
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const std::string best = nearest(word, known);
  return best.empty() ? "" : "; did you mean " + best + "?";
}

std::string not_one_of(const std::string& word, const std::vector<std::string>& known) {
  return fmt::format("'{}' is not one of {}{}", word, fmt::join(known, ", "), did_you_mean(word, known));
}

}  // namespace irmae::manifest
