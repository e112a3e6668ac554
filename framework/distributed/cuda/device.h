// SPDX-License-Identifier: MIT
// What a CUDA device is and which one this is.
#pragma once

#include <c10/cuda/CUDAStream.h>

#include <string>

namespace irmae::distributed {

/// The host's name and boot, and the PCI bus of a GPU: what NCCL takes for one GPU, see refuse_one_bus. Throws Error.
std::string device_bus(int device);

/// When the work on a stream is done: as usual, or with what other streams leave idle.
enum class Urgency { usual, when_idle };

/// A stream that nobody else has: LibTorch's own are 32, given out in turn, and what one cell records must not meet another's.
/// Throws as check() of cuda_error.h.
c10::cuda::CUDAStream own_stream(int device, Urgency urgency = Urgency::usual);

}  // namespace irmae::distributed
