// SPDX-License-Identifier: MIT
// Spectra that would tell more of the number of validation samples than of the model.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "framework/manifest/cell.h"

namespace irmae::launchers {

/// The least number of validation samples a latent: with fewer a spectrum falls off whatever the codes are. Codes of equal
/// variance in all d directions have, of n samples, singular values whose largest is ((1 + sqrt(d / n)) / (1 - sqrt(d / n)))^2
/// times the smallest (Marchenko and Pastur 1967): 34 times at n = 2 d, 100 times, where irmae table ranks stops counting, at n
/// = 1.5 d. Of n <= d samples d + 1 - n or more are 0.
inline constexpr std::int64_t kLeastSamplesPerLatent = 2;

/// A cell and its number of validation samples.
using CellAndSamples = std::pair<const manifest::Cell*, std::int64_t>;

/// The warning, one line, of cells that have fewer than kLeastSamplesPerLatent validation samples a latent; empty where none
/// has.
std::string few_validation_samples(const std::vector<CellAndSamples>& cells);

}  // namespace irmae::launchers
