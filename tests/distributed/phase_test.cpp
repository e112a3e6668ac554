// SPDX-License-Identifier: MIT
// What a rank says of itself, seen from its threads.
#include "framework/distributed/phase.h"

#include <gtest/gtest.h>

#include <thread>

namespace irmae::distributed {
namespace {

std::string seen_by_a_thread_that_trains_nothing() {
  std::string seen;
  std::thread([&] { seen = current_phase(); }).join();
  return seen;
}

TEST(Phase, OfAThreadThatTrainsIsItsOwn) {
  enter_phase("step 1");
  std::string other;
  std::thread([&] {
    enter_phase("step 7");
    other = place_of(2);
  }).join();

  EXPECT_EQ(other, "rank 2, step 7");
  EXPECT_EQ(place_of(2), "rank 2, step 1");
}

TEST(Phase, OfAThreadThatTrainsNothingIsTheNewest) {
  enter_phase("step 2");
  EXPECT_EQ(seen_by_a_thread_that_trains_nothing(), "step 2");
  std::thread([] { enter_phase("step 8"); }).join();
  EXPECT_EQ(seen_by_a_thread_that_trains_nothing(), "step 8");
}

TEST(Phase, NamesTheCellWhereThereAreSeveral) {
  {
    const PhasesOf cell("ae-seed3");
    enter_phase("step 3");
  }
  EXPECT_EQ(current_phase(), "cell ae-seed3, step 3") << "where it was when an exception left it";
  EXPECT_EQ(seen_by_a_thread_that_trains_nothing(), "cell ae-seed3, step 3");
  enter_phase("step 4");
  EXPECT_EQ(current_phase(), "step 4");
}

}  // namespace
}  // namespace irmae::distributed
