// SPDX-License-Identifier: MIT
#include "framework/cost/threads.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/cell_of.h"

namespace irmae::cost {
namespace {

using tests::cell_of;

class Threads : public ::testing::Test {
 protected:
  void SetUp() override { unsetenv("OMP_NUM_THREADS"); }
  void TearDown() override { setenv("OMP_NUM_THREADS", "1", 1); }  // as for all tests

  const manifest::Cell shapes = cell_of({}), vectors = cell_of({"data.name=array", "data.file=x.npy"});
  const models::Shape image{3, 32, 32}, vector{64};
};

TEST_F(Threads, AreTheCoresWhereAStepIsWorthIt) {
  EXPECT_EQ(threads_of(shapes, image, 4), 4);
  EXPECT_EQ(threads_of(shapes, image, 1), 1);
  EXPECT_EQ(threads_of(vectors, vector, 4), 1);
  EXPECT_EQ(threads_of(cell_of({"data.name=array", "data.file=x.npy", "model.hidden=4096"}), vector, 4), 4);
}

TEST_F(Threads, AreThoseOfTheEnvironmentWhereTheManifestLeavesThemOpen) {
  setenv("OMP_NUM_THREADS", "3", 1);
  EXPECT_EQ(threads_of(shapes, image, 8), 3);
  EXPECT_EQ(threads_of(vectors, vector, 8), 3);
  EXPECT_EQ(threads_of(cell_of({"train.threads=2"}), image, 8), 2);
  for (const char* other : {"4,2", "0", "-1", "many", ""}) {
    setenv("OMP_NUM_THREADS", other, 1);
    EXPECT_EQ(threads_of(shapes, image, 8), 8) << other;
  }
}

}  // namespace
}  // namespace irmae::cost
