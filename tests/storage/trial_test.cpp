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

  EXPECT_EQ(end_of_trial([&] { changed = 1; }), TrialEnd::came);
  EXPECT_EQ(end_of_trial([] { throw std::runtime_error("refused"); }), TrialEnd::came);

  EXPECT_EQ(changed, 0);
}

TEST(Trial, TellsWhatIsBroughtDownOrNeverEnds) {
  EXPECT_EQ(end_of_trial([] { std::raise(SIGSEGV); }), TrialEnd::brought_down);
  EXPECT_EQ(end_of_trial([] { std::abort(); }), TrialEnd::brought_down);
  const auto endless = [] {
    for (volatile bool on = true; on;) {
    }
  };
  EXPECT_EQ(end_of_trial(endless, {.seconds = 1}), TrialEnd::brought_down);
}

TEST(Trial, HasABoundOnItsWaiting) {
  std::signal(SIGALRM, SIG_IGN);
  EXPECT_EQ(end_of_trial([] { std::raise(SIGALRM); }), TrialEnd::out_of_time) << "a sound file on a slow disk";
  std::signal(SIGALRM, SIG_DFL);
  const auto check_the_bound = [] {
    const unsigned left = alarm(0);
    if (left < 50 || left > 70) std::abort();
  };

  EXPECT_EQ(end_of_trial(check_the_bound, {.seconds = 5}), TrialEnd::came);
}

TEST(Trial, HasABoundOnItsMemory) {
  // A refusal of memory is an end like another; without the bound the copy would be killed, or the machine full.
  const auto greedy = [] {
    std::vector<std::unique_ptr<std::vector<char>>> all;
    for (int i = 0; i < 1'000; ++i) all.push_back(std::make_unique<std::vector<char>>(std::size_t{1} << 20, 'x'));
    std::raise(SIGKILL);
  };

  EXPECT_EQ(end_of_trial(greedy, {.bytes = std::uint64_t{64} << 20}), TrialEnd::came);
}

TEST(Trial, IsNotHeldUpByOtherThreads) {
  std::jthread other([](const std::stop_token& stop) {
    while (!stop.stop_requested()) delete new std::vector<int>(1000);
  });

  for (int i = 0; i < 20; ++i) EXPECT_EQ(end_of_trial([] { std::vector<int> more(100'000, 1); }), TrialEnd::came);
}

}  // namespace
}  // namespace irmae::storage
