// SPDX-License-Identifier: MIT
// What the quickstart is there to show, on the manifest as it is: linear layers lower the rank of the code. Takes minutes.
#include <gtest/gtest.h>

#include "tests/csv.h"
#include "tests/mpi_environment.h"
#include "tests/temporary_folder.h"

namespace irmae {
namespace {

using tests::run;

TEST(Quickstart, GivesIrmaeALowerRankThanTheAutoencoderForEverySeed) {
  tests::set_mpi_environment();
  const tests::TemporaryFolder folder;
  const std::string irmae = IRMAE_BINARY_DIR "/irmae", out = (folder / "out").string();
  const auto trained = run(tests::mpirun(2) + irmae + " run " IRMAE_SOURCE_DIR "/experiments/quickstart.toml -q -o " + out);
  ASSERT_EQ(trained.status, 0) << trained.output;
  struct Ranks {
    double entropy, count;
  };
  const auto ranks_of = [&](const std::string& cell) -> Ranks {
    const auto table = run(irmae + " table ranks --format csv " + out + "/quickstart/" + cell + "-*");
    EXPECT_EQ(table.status, 0) << table.output;
    const auto numbers = tests::last_numbers(table.output, {"entropy_rank", "count_1e-3"});
    return {numbers.at(0), numbers.at(1)};
  };

  for (const std::string seed : {"1", "2"}) {
    const Ranks ae = ranks_of("ae-seed" + seed), two = ranks_of("irmae-l2-seed" + seed),
                four = ranks_of("irmae-l4-seed" + seed);
    for (const Ranks& irmae_ranks : {two, four}) {
      EXPECT_LT(irmae_ranks.entropy, ae.entropy) << "seed " << seed;
      EXPECT_LT(irmae_ranks.count, ae.count) << "seed " << seed;
    }
    EXPECT_LE(four.count, ae.count * 2 / 3) << "seed " << seed;
  }
}

}  // namespace
}  // namespace irmae
