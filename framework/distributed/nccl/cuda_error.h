// SPDX-License-Identifier: MIT
// What a failed call of the CUDA runtime becomes.
#pragma once

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "storage/error.h"

namespace irmae::distributed {

/// Checks what a call of CUDA gave. Throws Error with the call's name where it failed.
inline void check(cudaError_t code, const char* call) {
  if (code == cudaSuccess) return;
  cudaGetLastError();  // the runtime keeps it, too, and the next one to look, after a kernel's launch, would take it for its
                       // own
  throw Error(fmt::format("{} failed: {}", call, cudaGetErrorString(code)));
}

}  // namespace irmae::distributed
