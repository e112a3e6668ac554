// SPDX-License-Identifier: MIT
#include "analysis/effective_rank.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace irmae::analysis {

std::optional<EffectiveRanks> effective_ranks(const std::vector<double>& spectrum) {
  const double sum = std::accumulate(spectrum.begin(), spectrum.end(), 0.0);
  if (!(sum > 0)) return {};
  EffectiveRanks ranks{};
  double entropy = 0, squares = 0, held = 0;
  for (const double value : spectrum) {
    const double share = value / sum;
    if (share > 0) entropy -= share * std::log(share);
    squares += share * share;
    if (value > 1e-2 * spectrum.front()) ++ranks.count_1e_2;
    if (value > 1e-3 * spectrum.front()) ++ranks.count_1e_3;
    if (held < 0.99) ++ranks.variance_99;
    held += share;
  }
  ranks.entropy = std::exp(entropy);
  ranks.participation_ratio = 1 / squares;
  return ranks;
}

std::optional<double> entropy_rank(const std::vector<double>& spectrum) {
  const auto ranks = effective_ranks(spectrum);
  return ranks ? std::optional(ranks->entropy) : std::nullopt;
}

Drop largest_drop(const std::vector<double>& spectrum, std::int64_t codes) {
  Drop largest;
  if (spectrum.empty() || !(spectrum.front() > 0)) return largest;
  const double least = kLeastOfDrop * spectrum.front();
  const std::size_t known = codes > 0 ? std::min(spectrum.size(), static_cast<std::size_t>(codes / 2)) : spectrum.size();
  for (std::size_t i = 1; i < known; ++i) {
    const double factor = std::max(spectrum[i - 1], least) / std::max(spectrum[i], least);
    if (factor > largest.factor) largest = {static_cast<long>(i), factor};
  }
  return largest;
}

}  // namespace irmae::analysis
