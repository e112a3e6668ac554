// SPDX-License-Identifier: MIT
#pragma once

namespace irmae::distributed {

/// Uses cuBLAS, cuDNN and cuSOLVER once for this thread and its current stream, and the first two in autograd's thread as well:
/// LibTorch makes their handles at a thread's first use, for which they may wait for the whole device. Here no other thread
/// records meanwhile, which that would end; it waits for one that does. Later calls in the thread do nothing. Throws
/// Error where LibTorch has no kernels for the device. What else fails here, as for lack of memory, is not told: the libraries
/// then start where they are needed, and fail there or not.
void start_libraries(int device);

}  // namespace irmae::distributed
