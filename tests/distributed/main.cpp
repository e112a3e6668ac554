// SPDX-License-Identifier: MIT
// Every rank runs every test; the program fails when one rank does.
#include <gtest/gtest.h>

#include "tests/distributed/session.h"

namespace irmae::tests {
distributed::MpiSession* session = nullptr;
}

int main(int count, char** arguments) {
  irmae::distributed::MpiSession session;
  irmae::tests::session = &session;
  ::testing::InitGoogleTest(&count, arguments);
  auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
  if (session.rank() != 0) delete listeners.Release(listeners.default_result_printer());
  return RUN_ALL_TESTS();
}
