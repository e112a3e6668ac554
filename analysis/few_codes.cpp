// SPDX-License-Identifier: MIT
#include "analysis/few_codes.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <tuple>

namespace irmae::analysis {

bool has_few_codes(const Run& run) {
  return run.complete && run.validation_codes > 0 && run.validation_codes < kLeastCodesPerLatent * run.latent();
}

std::vector<double> told_spectrum(const Run& run) {
  std::vector<double> values = run.spectrum;
  if (run.validation_codes > 0) values.resize(std::min(values.size(), static_cast<std::size_t>(run.validation_codes - 1)));
  return values;
}

std::string on_few_codes(const std::vector<Run>& runs) {
  std::set<std::tuple<std::string, std::int64_t, std::int64_t>> few;
  for (const Run& run : runs)
    if (has_few_codes(run)) few.emplace(run.data(), run.latent(), run.validation_codes);
  if (few.empty()) return "";
  std::vector<std::string> words;
  for (const auto& [data, latent, codes] : few) words.push_back(fmt::format("{}: {} for n = {}", data, codes, latent));
  return fmt::format(
      "Few validation codes for the latent size n ({}): with fewer than {} n a spectrum falls off, and ranks come out low, for "
      "that reason alone; of m codes, m no more than n, m - 1 singular values are above 0, and curves end there",
      fmt::join(words, "; "), kLeastCodesPerLatent);
}

}  // namespace irmae::analysis
