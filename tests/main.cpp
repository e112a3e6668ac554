// SPDX-License-Identifier: MIT
// Of the test programs that need nothing before their tests begin.
#include "tests/run_all.h"

int main(int count, char** arguments) {
  ::testing::InitGoogleTest(&count, arguments);
  return irmae::tests::run_all();
}
