// SPDX-License-Identifier: MIT
#include "storage/system/trial.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace irmae::storage {
namespace {

TEST(Trial, ComesToAnEndAndChangesNothingHere) {
  int changed = 0;

  EXPECT_TRUE(comes_to_an_end([&] { changed = 1; }));
  EXPECT_TRUE(comes_to_an_end([] { throw std::runtime_error("refused"); }));

  EXPECT_EQ(changed, 0);
}

TEST(Trial, TellsWhatIsBroughtDownOrNeverEnds) {
  EXPECT_FALSE(comes_to_an_end([] { std::raise(SIGSEGV); }));
  EXPECT_FALSE(comes_to_an_end([] { std::abort(); }));
  EXPECT_FALSE(comes_to_an_end(
      [] {
        for (volatile bool on = true; on;) {
        }
      },
      {.seconds = 1}));
}

TEST(Trial, HasABoundOnItsWaiting) {
  std::signal(SIGALRM, SIG_IGN);
  EXPECT_FALSE(comes_to_an_end([] { std::raise(SIGALRM); }));
  std::signal(SIGALRM, SIG_DFL);
  const auto check_the_bound = [] {
    const unsigned left = alarm(0);
    if (left < 50 || left > 70) std::abort();
  };

  EXPECT_TRUE(comes_to_an_end(check_the_bound, {.seconds = 5}));
}

TEST(Trial, HasABoundOnItsMemory) {
  // A refusal of memory is an end like another; without the bound the copy would be killed, or the machine full.
  const auto greedy = [] {
    std::vector<std::unique_ptr<std::vector<char>>> all;
    for (int i = 0; i < 1'000; ++i) all.push_back(std::make_unique<std::vector<char>>(std::size_t{1} << 20, 'x'));
    std::raise(SIGKILL);
  };

  EXPECT_TRUE(comes_to_an_end(greedy, {.bytes = std::uint64_t{64} << 20}));
}

TEST(Trial, IsNotHeldUpByOtherThreads) {
  std::jthread other([](const std::stop_token& stop) {
    while (!stop.stop_requested()) delete new std::vector<int>(1000);
  });

  for (int i = 0; i < 20; ++i) EXPECT_TRUE(comes_to_an_end([] { std::vector<int> more(100'000, 1); }));
}

}  // namespace
}  // namespace irmae::storage
