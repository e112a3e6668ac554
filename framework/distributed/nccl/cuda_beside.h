// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "framework/distributed/beside.h"

namespace irmae::distributed {

/// Of this thread's device. Can be recorded with what the current stream does.
std::unique_ptr<Beside> make_cuda_beside();

}  // namespace irmae::distributed
