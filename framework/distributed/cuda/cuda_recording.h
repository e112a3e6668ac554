// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>

#include "framework/distributed/recording.h"

namespace irmae::distributed {

/// A CUDA graph, empty until something is recorded; replay comes after record alone. For any stream but CUDA's default one,
/// which cannot be recorded. Its functions throw Error, or what LibTorch throws (c10::Error), where CUDA refuses.
std::unique_ptr<Recording> make_cuda_recording();

/// Held while a recording is made, or thrown away: LibTorch's random generator keeps a list of all graphs, and cells that share
/// a GPU share autograd's thread for it. Also by what waits for the whole device, which would end a recording that goes on in
/// another thread: memory that is given back, and a library's first use.
std::mutex& one_at_a_time();

/// See GpuPlugin. Waits for a recording that goes on.
void give_back_memory();

}  // namespace irmae::distributed
