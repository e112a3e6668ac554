// SPDX-License-Identifier: MIT
// The end of every test program: CTest takes 77 for skipped, which is neither a success nor to be taken for one.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace irmae::tests {

inline constexpr int kSkipped = 77;

/// Adds a line "Suite.Case: why" for each skipped test to the file that IRMAE_TESTS_SKIPPED names: where others of its suite
/// passed, CTest counts it among these. Test programs beside each other write the same file: each all of its lines at once.
inline void tell_skipped(const ::testing::UnitTest& all) {
  const char* file = std::getenv("IRMAE_TESTS_SKIPPED");
  if (!file || all.skipped_test_count() == 0) return;
  std::string lines;
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const ::testing::TestSuite& suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const ::testing::TestInfo& test = *suite.GetTestInfo(j);
      if (!test.should_run() || !test.result()->Skipped()) continue;
      std::string line = std::string(suite.name()) + "." + test.name() + ":";
      for (int part = 0; part < test.result()->total_part_count(); ++part)
        if (const auto& result = test.result()->GetTestPartResult(part); result.skipped())
          line += std::string(" ") + result.message();
      std::replace(line.begin(), line.end(), '\n', ' ');
      lines += line + "\n";
    }
  }
  std::ofstream(file, std::ios::app) << lines << std::flush;
}

/// Whether as many tests ran as IRMAE_TESTS_WANTED says; where it says nothing, whether any did: a name in a filter that no
/// test has any more takes tests away and is no error of GoogleTest's.
inline bool right_number(const ::testing::UnitTest& all) {
  const char* wanted = std::getenv("IRMAE_TESTS_WANTED");
  if (wanted ? all.test_to_run_count() == std::atoi(wanted) : all.test_to_run_count() > 0) return true;
  std::fprintf(stderr, "%d tests match --gtest_filter, wanted: %s\n", all.test_to_run_count(),
               wanted ? wanted : "one at least");
  return false;
}

/// Runs the tests that the command line asks for. 0: some passed and none failed; 1: one failed, or others ran than are wanted;
/// kSkipped: all were skipped.
inline int run_all() {
  const int status = RUN_ALL_TESTS();
  const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
  tell_skipped(all);
  if (status != 0) return status;
  if (!right_number(all)) return 1;
  return all.successful_test_count() == 0 && all.skipped_test_count() > 0 ? kSkipped : 0;
}

}  // namespace irmae::tests
