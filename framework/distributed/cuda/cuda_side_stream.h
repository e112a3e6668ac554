// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "framework/distributed/side_stream.h"

namespace irmae::distributed {

/// A second stream of this thread's current device. What it does can be recorded together with what the current stream does.
std::unique_ptr<SideStream> make_cuda_side_stream();

}  // namespace irmae::distributed
