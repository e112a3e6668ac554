// SPDX-License-Identifier: MIT
#include "launchers/slurm/job_time.h"

#include <gtest/gtest.h>

#include <utility>

#include "storage/error.h"

namespace irmae::slurm {
namespace {

TEST(JobTime, IsReadAsSlurmDoes) {
  for (const auto& [time, seconds] : {std::pair{"3", 180},
                                      {"2:31", 151},
                                      {"0:02:31", 151},
                                      {"90:00", 5400},
                                      {"1:00:00", 3600},
                                      {"0-1", 3600},
                                      {"1-00:00", 86400},
                                      {"0-0:3", 180},
                                      {"2-12:30:15", 217815},
                                      {"0", -1},
                                      {"00:00", -1},
                                      {"-1", -1},
                                      {"unlimited", -1},
                                      {"INFINITE", -1}})
    EXPECT_EQ(seconds_of(time), seconds) << time;
  for (const char* time : {"", ":", "150:", ":30", "1:2:3:4", "1-", "-5", "-", "1-2-3", "1-1:2:3:4", "1d", "x", "1.5", " 10",
                           "10 ", "+1", "99999999999999999999"})
    EXPECT_EQ(seconds_of(time), std::nullopt) << time;
}

TEST(JobTime, MustLeaveMoreThanHalfAMinuteBeforeTheSignal) {
  for (const char* time : {"", "3", "2:31", "1-0", "0", "UNLIMITED"}) EXPECT_NO_THROW(check_time(time, 120)) << time;
  EXPECT_NO_THROW(check_time("1", 29));
  for (const char* time : {"1", "2", "2:30", "0:02:30"}) EXPECT_THROW(check_time(time, 120), UsageError) << time;
  EXPECT_THROW(check_time("1", 30), UsageError);
}

}  // namespace
}  // namespace irmae::slurm
