// SPDX-License-Identifier: MIT
#include "framework/cost/rates.h"

#include <algorithm>
#include <functional>

namespace irmae::cost {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Rate Rates::of(const std::string& model, const std::string& network, int ranks, int workers) const {
  const auto [place, is_new] = asked_.try_emplace({model, network, ranks, workers});
  if (is_new) place->second = find(model, network, ranks, workers);
  return place->second;
}

Rate Rates::find(const std::string& model, const std::string& network, int ranks, int workers) const {
  const auto among = [&](const std::function<bool(const Measured&)>& similar) {
    std::vector<double> equal, scaled;
    for (const Measured& run : runs_) {
      if (!similar(run)) continue;
      if (run.ranks == ranks && run.workers == workers) equal.push_back(run.flops_per_second);
      scaled.push_back(run.flops_per_second * workers / run.workers);
    }
    return median(equal.empty() ? scaled : equal);
  };
  if (const double rate = among([&](const Measured& run) { return run.model == model; }); rate > 0)
    return {rate, Basis::same_model};
  if (const double rate = among([&](const Measured& run) { return run.network == network; }); rate > 0)
    return {rate, Basis::same_network};
  if (const double rate = among([](const Measured&) { return true; }); rate > 0) return {rate, Basis::other_networks};
  return {assumed_ * workers, Basis::assumed};
}

}  // namespace irmae::cost
