// SPDX-License-Identifier: MIT
// Spectra that would tell more of the number of validation samples than of the model.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "framework/manifest/cell.h"

namespace irmae::launchers {

/// A cell and its number of validation samples.
using CellAndSamples = std::pair<const manifest::Cell*, std::int64_t>;

/// The warning, one line, of cells that have fewer than analysis::kLeastCodesPerLatent validation samples a latent; empty
/// where none has.
std::string few_validation_samples(const std::vector<CellAndSamples>& cells);

}  // namespace irmae::launchers
