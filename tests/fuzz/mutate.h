// SPDX-License-Identifier: MIT
// Inputs that differ a little from sound ones. The i-th is a function of (corpus, i) alone: a failure can be made again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace irmae::tests::fuzz {

/// `words`: what the format's own words are, put in here and there.
std::string mutated(const std::vector<std::string>& corpus, const std::vector<std::string>& words, std::uint64_t i);

}  // namespace irmae::tests::fuzz
