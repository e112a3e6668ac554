// SPDX-License-Identifier: MIT
// A GPU's blocks of threads on the CPU, one block after the other: slow, and enough to know what a kernel computes.
#pragma once

#include "framework/kernels/device.h"

namespace irmae::tests {

/// The kernels of framework/kernels/device, executed here, as if the GPU had so many multiprocessors. tile: see
/// kernels::device_plan.
kernels::DeviceKernels emulated_kernels(int processors, const std::string& tile = "",
                                        kernels::Arithmetic arithmetic = kernels::Arithmetic::float32);

/// The kernels in use while it lives.
struct InUse {
  explicit InUse(const kernels::DeviceKernels& own, kernels::Arithmetic arithmetic = kernels::Arithmetic::float32)
      : arithmetic(arithmetic) {
    kernels::use_device_kernels(arithmetic, &own, /*emulated=*/true);
  }
  ~InUse() { kernels::use_device_kernels(arithmetic, nullptr); }
  const kernels::Arithmetic arithmetic;
};

}  // namespace irmae::tests
