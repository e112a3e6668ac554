// SPDX-License-Identifier: MIT
#include "framework/cost/rates.h"

#include <algorithm>

namespace irmae::cost {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Rate Rates::of(const Alike& run, int ranks, std::int64_t workers) const {
  const auto [place, is_new] = asked_.try_emplace({run, ranks, workers});
  if (is_new) place->second = find(run, ranks, workers);
  return place->second;
}

Rate Rates::find(const Alike& run, int ranks, std::int64_t workers) const {
  const auto among = [&](std::string Alike::*what) {
    std::vector<double> equal, scaled;
    for (const Measured& known : runs_) {
      if (known.alike.*what != run.*what) continue;
      if (known.ranks == ranks && known.workers == workers) equal.push_back(known.flops_per_second);
      scaled.push_back(known.flops_per_second * static_cast<double>(workers) / static_cast<double>(known.workers));
    }
    return median(equal.empty() ? scaled : equal);
  };
  if (const double rate = among(&Alike::model); rate > 0) return {rate, Basis::same_model};
  if (const double rate = among(&Alike::network); rate > 0) return {rate, Basis::same_network};
  if (const double rate = among(&Alike::kind); rate > 0) return {rate, Basis::other_networks};
  return {assumed_ * static_cast<double>(workers), Basis::assumed};
}

}  // namespace irmae::cost
