// SPDX-License-Identifier: MIT
#include "storage/system/run_program.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>

#include "tests/contains.h"
#include "tests/message_of.h"

namespace irmae::storage {
namespace {

using std::chrono::milliseconds;

TEST(RunProgram, GivesBothOutputsAndTheStatus) {
  const Finished finished = run_program({"sh", "-c", "cat; printf '%s' \"$1\"; echo why >&2; exit 3", "sh", "a b 'c' $d"});

  EXPECT_EQ(finished.status, 3);
  EXPECT_TRUE(finished.in_time);
  EXPECT_EQ(finished.output, "a b 'c' $d") << "one word, and no input";
  EXPECT_EQ(finished.errors, "why\n");
  EXPECT_EQ(run_program({"sh", "-c", "kill -9 $$"}).status, 128 + 9);
}

TEST(RunProgram, LeavesOutTheVariablesThatItIsToldTo) {
  setenv("IRMAE_TEST_A", "a", 1);
  setenv("IRMAE_TEST_B", "b", 1);
  const auto is_a = [](std::string_view name) { return name == "IRMAE_TEST_A"; };
  const std::vector<std::string> words{"sh", "-c", "printf %s \"${IRMAE_TEST_A-none}$IRMAE_TEST_B\""};

  EXPECT_EQ(run_program(words, {}, {.leave_out = is_a}).output, "noneb");
  EXPECT_EQ(run_program(words).output, "ab");
  unsetenv("IRMAE_TEST_A");
  unsetenv("IRMAE_TEST_B");
}

TEST(RunProgram, LetsItWriteToThisProgramsStandardError) {
  testing::internal::CaptureStderr();
  const Finished finished = run_program({"sh", "-c", "echo why >&2; echo what"}, {}, {.standard_error = true});

  EXPECT_EQ(testing::internal::GetCapturedStderr(), "why\n");
  EXPECT_EQ(finished.errors, "");
  EXPECT_EQ(finished.output, "what\n");
}

TEST(RunProgram, TakesNoProgramForGoodWhoseEndItCannotLearn) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  const std::string said = tests::message_of([] { run_program({"false"}); });
  const std::string said_in_time = tests::message_of([] { run_program({"false"}, milliseconds(60'000)); });
  std::signal(SIGCHLD, before);

  EXPECT_CONTAINS(said, "is SIGCHLD ignored?");
  EXPECT_CONTAINS(said_in_time, "is SIGCHLD ignored?");
}

TEST(RunProgram, ReadsMoreThanAPipeHolds) {
  const Finished finished =
      run_program({"sh", "-c", "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero"}, milliseconds(60'000));

  EXPECT_EQ(finished.output.size(), 300'000U);
  EXPECT_EQ(finished.errors.size(), 300'000U);
}

TEST(RunProgram, SaysThatThereIsNoSuchProgram) {
  EXPECT_THROW(run_program({"irmae-no-such-program"}), NoSuchProgram);
  EXPECT_THROW(run_program({"irmae-no-such-program"}, milliseconds(1000)), NoSuchProgram);
}

TEST(RunProgram, KillsWhatDoesNotEndInTime) {
  for (const char* script : {
           "echo first; sleep 1000", "trap '' TERM; echo first; while :; do sleep 1; done",
           "echo first; exec >&- 2>&-; sleep 1000",  // its outputs are closed
           "sleep 1000 & echo first",                // what it has started keeps them open
       }) {
    int held[2];  // by whatever is started
    ASSERT_EQ(pipe(held), 0);
    const auto start = std::chrono::steady_clock::now();
    const Finished finished = run_program({"sh", "-c", script}, milliseconds(1000));
    close(held[1]);
    pollfd end{held[0], 0, 0};  // tells when nobody holds it any more
    EXPECT_EQ(poll(&end, 1, 10'000), 1) << "what it has started goes on: " << script;
    close(held[0]);

    EXPECT_FALSE(finished.in_time) << script;
    EXPECT_EQ(finished.output, "first\n") << script;
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60)) << script;
  }
}

}  // namespace
}  // namespace irmae::storage
