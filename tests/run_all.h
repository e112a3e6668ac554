// SPDX-License-Identifier: MIT
// The end of every test program: CTest takes 77 for skipped, which is neither a success nor to be taken for one.
#pragma once

#include <gtest/gtest.h>

namespace irmae::tests {

inline constexpr int kSkipped = 77;

/// Runs the tests that the command line asks for. 0: some passed and none failed; 1: one failed; kSkipped: all were skipped.
inline int run_all() {
  const int status = RUN_ALL_TESTS();
  const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
  return status == 0 && all.successful_test_count() == 0 && all.skipped_test_count() > 0 ? kSkipped : status;
}

}  // namespace irmae::tests
