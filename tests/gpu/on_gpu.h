// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include "framework/distributed/gpu.h"

namespace irmae::tests {

/// On the first GPU. Skipped, with the reason, where there is none.
class OnGpu : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string reason;
    const distributed::GpuPlugin* gpu = distributed::load_gpu_plugin(&reason);
    if (!gpu) GTEST_SKIP() << reason;
    if (gpu->device_count(&reason) == 0) GTEST_SKIP() << reason;
    gpu->select_device(0);
  }
};

}  // namespace irmae::tests
