// SPDX-License-Identifier: MIT
// The host's side of jobs.cuh.
#pragma once

namespace irmae::kernels::device {
#include "framework/kernels/device/jobs.cuh"
}  // namespace irmae::kernels::device
