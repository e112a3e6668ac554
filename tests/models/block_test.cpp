// SPDX-License-Identifier: MIT
#include "tests/models/block.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>

namespace irmae::tests {
namespace {

TEST(Block, ItsThreadsTakeTurnsTheOtherWayRoundAfterEachMeeting) {
  Block block(3);
  for (int again = 0; again < 2; ++again) {
    std::string order;
    const auto thread = [&](int i) {
      order += std::to_string(i);
      block.meet();
      order += std::to_string(i);
    };
    block.run(thread, [&] { order += '|'; });
    EXPECT_EQ(order, "012|210|");
  }
}

TEST(Block, RefusesThreadsThatWaitForOthersThatHaveEnded) {
  Block block(3);
  const auto thread = [&](int i) {
    if (i != 1) block.meet();
  };
  EXPECT_THROW(block.run(thread, [] {}), std::logic_error);
}

TEST(Block, HandsOnWhatAThreadThrowsAndRunsAgain) {
  Block block(3);
  const auto thrower = [](int i) {
    if (i == 1) throw std::range_error("one");
  };
  EXPECT_THROW(block.run(thrower, [] {}), std::range_error);
  int ended = 0;
  block.run([&](int) { ++ended; }, [] {});
  EXPECT_EQ(ended, 3);
}

TEST(Block, RunsInOneThreadAfterTheOther) {
  Block block(3);
  for (int again = 0; again < 3; ++again) {
    std::thread([&] {
      int met = 0, ended = 0;
      block.run([&](int) { block.meet(), ++ended; }, [&] { ++met; });
      EXPECT_EQ(met, 2);
      EXPECT_EQ(ended, 3);
    }).join();
  }
}

}  // namespace
}  // namespace irmae::tests
