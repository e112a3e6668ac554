// SPDX-License-Identifier: MIT
// Spectra that tell more of the number of validation codes than of the model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/run_set.h"

namespace irmae::analysis {

/// The least number of validation codes a latent: with fewer a spectrum falls off whatever the codes are. Codes of equal
/// variance in all d directions have, of n samples, singular values whose largest is ((1 + sqrt(d / n)) / (1 - sqrt(d / n)))^2
/// times the smallest (Marchenko and Pastur 1967): 34 times at n = 2 d, 100 times, where irmae table ranks stops counting, at n
/// = 1.5 d. Of n <= d samples d + 1 - n or more are 0.
inline constexpr std::int64_t kLeastCodesPerLatent = 2;

/// Whether a finished run has fewer than that; not where their number is not known.
bool has_few_codes(const Run& run);

/// Of a finished run the singular values that its codes can tell from 0, from large to small: n - 1 of n codes.
std::vector<double> told_spectrum(const Run& run);

/// What is to be said beside spectra and ranks of these runs, one sentence without its full stop; empty where none of them has
/// few codes.
std::string on_few_codes(const std::vector<Run>& runs);

}  // namespace irmae::analysis
