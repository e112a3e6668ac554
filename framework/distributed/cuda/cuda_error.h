// SPDX-License-Identifier: MIT
// What a failed call of the CUDA runtime becomes.
#pragma once

#include <c10/util/Exception.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "storage/error.h"

namespace irmae::distributed {

/// Throws Error, or c10::OutOfMemoryError where the device has too little memory, as LibTorch does: is_full_memory knows it.
[[noreturn]] inline void fail(bool memory_is_short, const std::string& what) {
  if (memory_is_short)
    throw c10::OutOfMemoryError(c10::SourceLocation{__func__, __FILE__, static_cast<std::uint32_t>(__LINE__)}, what);
  throw Error(what);
}

/// Checks what a call of CUDA gave. Throws as fail(), with the call's name, where it failed.
inline void check(cudaError_t code, const char* call) {
  if (code == cudaSuccess) return;
  cudaGetLastError();  // the runtime keeps it, too, and the next one to look, after a kernel's launch, would take it for its
                       // own
  fail(code == cudaErrorMemoryAllocation, fmt::format("{} failed: {}", call, cudaGetErrorString(code)));
}

}  // namespace irmae::distributed
