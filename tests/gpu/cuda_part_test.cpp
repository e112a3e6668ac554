// SPDX-License-Identifier: MIT
// What of the CUDA part can be tried without a GPU.
#include <gtest/gtest.h>

#include "framework/distributed/gpu.h"
#include "tests/contains.h"

namespace irmae::distributed {
namespace {

TEST(CudaPart, LoadsAndTellsItsVersions) {
  std::string reason;
  const GpuPlugin* gpu = load_gpu_plugin(&reason, true);
  if (reason == "this build has no CUDA part") GTEST_SKIP() << reason;
  ASSERT_NE(gpu, nullptr) << reason;

  EXPECT_CONTAINS(gpu->library_versions(), "NCCL 2");
}

TEST(CudaPart, CompilesAndAssemblesTheProjectsOwnKernels) {
  std::string reason;
  const GpuPlugin* gpu = load_gpu_plugin(&reason, true);
  if (reason == "this build has no CUDA part") GTEST_SKIP() << reason;
  ASSERT_NE(gpu, nullptr) << reason;

  // To machine code: nobody reads the instructions that the kernels themselves write (cp.async, ldmatrix, mma) before that.
  for (const char* target : {"sm_80", "sm_90"}) EXPECT_NO_THROW(gpu->try_own_kernels(target)) << target;
}

}  // namespace
}  // namespace irmae::distributed
