// SPDX-License-Identifier: MIT
#include "launchers/few_samples.h"

#include <fmt/format.h>

#include "analysis/few_codes.h"
#include "framework/counted.h"

namespace irmae::launchers {

std::string few_validation_samples(const std::vector<CellAndSamples>& cells) {
  std::size_t count = 0;
  const manifest::Cell* worst = nullptr;
  std::int64_t least = 0, latent = 0;  // of the worst one
  for (const auto& [cell, samples] : cells) {
    const std::int64_t own = cell->integer("model.latent");
    if (samples >= analysis::kLeastCodesPerLatent * own) continue;
    ++count;
    if (worst && samples * latent >= least * own) continue;
    worst = cell, least = samples, latent = own;
  }
  if (!worst) return "";
  return fmt::format(
      "{} {} few validation samples for the spectrum ({}: {} for model.latent = {}): with fewer than {} a latent it falls off, and "
      "ranks come out low, for that reason alone{}",
      counted(count, "cell"), count == 1 ? "has" : "have", worst->name, least, latent, analysis::kLeastCodesPerLatent,
      least > latent ? "" : fmt::format("; at most {} singular values are not 0", least - 1));
}

}  // namespace irmae::launchers
