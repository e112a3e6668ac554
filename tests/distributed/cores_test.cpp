// SPDX-License-Identifier: MIT
// How many ranks share a core of their host, by which each chooses its threads.
#include <gtest/gtest.h>
#include <sched.h>

#include "framework/usable_cores.h"
#include "tests/distributed/session.h"

namespace irmae {
namespace {

TEST(Cores, OfTheMaskAreThoseThatTheSystemCounts) {
  cpu_set_t mask;
  ASSERT_EQ(sched_getaffinity(0, sizeof mask, &mask), 0);

  EXPECT_EQ(cores_of_mask(), CPU_COUNT(&mask));
  const std::vector<bool> cores = affinity_mask();
  for (std::size_t core = 0; core < cores.size(); ++core) EXPECT_EQ(cores[core], CPU_ISSET(core, &mask)) << core;
}

TEST(Cores, AreARanksAloneWhereEachIsBoundToItsOwn) {
  EXPECT_EQ(ranks_per_core({1, 1, 1, 1}), 1) << "two ranks with two cores each";
  EXPECT_EQ(ranks_per_core({1, 0, 0, 1}), 1) << "nobody's cores share nothing";
}

TEST(Cores, AreSharedByRanksWhoseMasksMeet) {
  EXPECT_EQ(ranks_per_core({3, 3}), 3) << "three ranks, none of them bound";
  EXPECT_EQ(ranks_per_core({2, 2, 2, 2, 0, 0}), 2) << "two ranks on one socket of two";
  EXPECT_EQ(ranks_per_core({1, 1, 2, 2}), 2) << "rounded up: rather too few threads than too many";
}

/// The tests' mpirun binds none of them.
TEST(Cores, OfUnboundRanksAreSharedByAllOfTheirHost) {
  EXPECT_EQ(tests::session->ranks_per_core(), tests::session->local_size());
}

}  // namespace
}  // namespace irmae
