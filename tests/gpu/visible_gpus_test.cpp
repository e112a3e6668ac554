// SPDX-License-Identifier: MIT
// By what a GPU is known to ranks that count them differently. Skipped, with the reason, where there is no GPU.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "framework/distributed/gpu.h"
#include "tests/gpu/on_gpu.h"

namespace irmae::distributed {
namespace {

using VisibleGpusTest = tests::OnGpu;

TEST_F(VisibleGpusTest, HaveAnUuidEach) {
  const VisibleGpus gpus = visible_gpus();

  EXPECT_EQ(gpus.size(), static_cast<std::size_t>(gpu_count()));
  EXPECT_EQ(std::set<std::string>(gpus.begin(), gpus.end()).size(), gpus.size()) << "all different";
  for (const std::string& uuid : gpus) {
    EXPECT_EQ(uuid.size(), 32U);
    EXPECT_EQ(uuid.find_first_not_of("0123456789abcdef"), std::string::npos) << uuid;
    EXPECT_NE(uuid.find_first_not_of('0'), std::string::npos) << "the driver knows it";
  }
}

}  // namespace
}  // namespace irmae::distributed
