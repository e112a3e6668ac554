// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "framework/distributed/side_stream.h"

namespace irmae::distributed {

/// Of this thread's device. Can be recorded with what the current stream does.
std::unique_ptr<SideStream> make_cuda_side_stream();

}  // namespace irmae::distributed
