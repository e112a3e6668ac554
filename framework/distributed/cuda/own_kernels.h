// SPDX-License-Identifier: MIT
// The project's own kernels (framework/kernels/device), compiled for the GPU of this process and started on the current stream.
#pragma once

#include <string>

#include "framework/kernels/device.h"

namespace irmae::distributed {

/// The project's own kernels for a GPU: compiled at the first call for an arithmetic, for some 15 seconds, or taken from the
/// cache, where they were compiled before. Null where that cannot be done; `reason` says why. Throws c10::OutOfMemoryError
/// where the device is too full for them now: a later call tries again. A process uses one device: later calls give the first
/// one's.
const kernels::DeviceKernels* own_kernels(int device, kernels::Arithmetic arithmetic, std::string* reason);

/// Compiles and assembles the project's own kernels for GPUs of a kind ("sm_90"), of which none need be there, and throws the
/// result away. Throws Error naming what is wrong in their text.
void try_own_kernels(const std::string& target);

}  // namespace irmae::distributed
