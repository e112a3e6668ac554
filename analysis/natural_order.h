// SPDX-License-Identifier: MIT
#pragma once

#include <cstring>
#include <string>

namespace irmae::analysis {

/// Whether `a` comes before `b` where numbers within names count as numbers: l=9 before l=10.
inline bool comes_before(const std::string& a, const std::string& b) { return strverscmp(a.c_str(), b.c_str()) < 0; }

}  // namespace irmae::analysis
