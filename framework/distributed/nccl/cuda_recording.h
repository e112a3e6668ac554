// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "framework/distributed/recording.h"

namespace irmae::distributed {

/// A CUDA graph, empty until something is recorded; replay comes after record alone. For any stream but CUDA's default one,
/// which cannot be recorded. Its functions throw Error, or what LibTorch throws (c10::Error), where CUDA refuses.
std::unique_ptr<Recording> make_cuda_recording();

/// See GpuPlugin. Waits for a recording that goes on.
void give_back_memory();

}  // namespace irmae::distributed
