// SPDX-License-Identifier: MIT
#include "analysis/effective_rank.h"

#include <cmath>
#include <numeric>

namespace irmae::analysis {

EffectiveRanks effective_ranks(const std::vector<double>& spectrum) {
  EffectiveRanks ranks{};
  const double sum = std::accumulate(spectrum.begin(), spectrum.end(), 0.0);
  if (!(sum > 0)) return ranks;
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

}  // namespace irmae::analysis
