// SPDX-License-Identifier: MIT
// The watchdog of a device's queue, with entries that end when the test says so.
#include "framework/distributed/queue_watchdog.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

namespace irmae::distributed {
namespace {

using std::chrono::milliseconds;
using ::testing::ExitedWithCode;

constexpr char kAgain[] = "; start the same command again: it goes on from the last checkpoint\n$";
constexpr char kTimeOut[] =
    " did not end within 1 s: another rank is dead or hangs; start the same command again: it goes on from the last "
    "checkpoint \\(limit: train.timeout_seconds\\)\n$";

class WatchedQueue : public ::testing::Test {
 protected:
  void watch(const bool& ended, const std::string& what) {
    watchdog.watch([&ended] { return ended; }, what);
  }
  /// A look after more than half of the limit; however late it comes, no more than a second is counted.
  void look_later() {
    std::this_thread::sleep_for(milliseconds(900));
    watchdog.look();
  }

  std::string link;
  QueueWatchdog watchdog{2, milliseconds(1500), [this] { return link; }, [](int status) { std::_Exit(status); }};
};

TEST_F(WatchedQueue, IsLeftAloneWhileItsEntriesEnd) {
  const bool ended = true;
  watchdog.look();
  for (const char* what : {"step 1", "step 2"}) {
    watch(ended, what);
    look_later();
  }
}

TEST_F(WatchedQueue, EndsTheProcessWhereAnEntryDoesNotEnd) {
  const bool hangs = false;
  watch(hangs, "all-reduce of bucket 1 in step 7");
  look_later();

  EXPECT_EXIT(look_later(), ExitedWithCode(kTryAgain),
              std::string("irmae: rank 2, [^\n]*: all-reduce of bucket 1 in step 7") + kTimeOut);
}

TEST_F(WatchedQueue, NamesTheFirstEntryThatHasNotEnded) {
  const bool hangs = false, ended = true;
  watch(ended, "step 1");
  watch(hangs, "step 2");
  watch(ended, "step 3");  // a queue has an order: this is not asked for
  watchdog.look();
  look_later();

  EXPECT_EXIT(look_later(), ExitedWithCode(kTryAgain), ": step 2 did not end");
}

TEST_F(WatchedQueue, CountsAnEntrysTimeFromTheEndOfTheOneBefore) {
  bool first_ended = false;
  const bool hangs = false;
  watch(first_ended, "step 1");
  watch(hangs, "step 2");
  look_later();
  first_ended = true;
  watchdog.look();

  look_later();  // both were given more than the limit ago
  EXPECT_EXIT(look_later(), ExitedWithCode(kTryAgain), ": step 2 did not end");
}

TEST_F(WatchedQueue, EndsTheProcessWhereACallOfTheHostDoesNotEnd) {
  const bool ended = true;
  watchdog.call_begins("all-reduce of bucket 0 in step 1");
  look_later();
  watchdog.call_ends();
  look_later();
  watchdog.call_begins("all-reduce of bucket 1 in step 1");
  watch(ended, "step 1");
  look_later();

  EXPECT_EXIT(look_later(), ExitedWithCode(kTryAgain), std::string(": all-reduce of bucket 1 in step 1") + kTimeOut);
}

TEST_F(WatchedQueue, EndsTheProcessByAFaultOfTheDevice) {
  watchdog.watch([]() -> bool { throw std::runtime_error("CUDA error: unspecified launch failure\nmore of it"); }, "step 3");

  EXPECT_EXIT(watchdog.look(), ExitedWithCode(kTryAgain),
              std::string("^irmae: rank 2, start: step 3: CUDA error: unspecified launch failure") + kAgain);
}

TEST_F(WatchedQueue, EndsTheProcessByAFaultOfTheLink) {
  link = "remote process exited";
  EXPECT_EXIT(watchdog.look(), ExitedWithCode(kTryAgain),
              std::string("^irmae: rank 2, start: between steps: remote process exited") + kAgain);

  const bool hangs = false;
  watch(hangs, "step 9");
  EXPECT_EXIT(watchdog.look(), ExitedWithCode(kTryAgain), ": step 9: remote process exited");
}

}  // namespace
}  // namespace irmae::distributed
