// SPDX-License-Identifier: MIT
// What figures are drawn with.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

namespace irmae::tests {

inline bool has_gnuplot() {
  static const bool found = std::system("command -v gnuplot >/dev/null 2>&1") == 0;
  return found;
}

}  // namespace irmae::tests

/// A macro, since only the test itself can end with it.
#define SKIP_WITHOUT_GNUPLOT() \
  if (!::irmae::tests::has_gnuplot()) GTEST_SKIP() << "no gnuplot: apt-get install gnuplot-nox"
