// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "framework/distributed/recording.h"

namespace irmae::distributed {

std::unique_ptr<Recording> make_cuda_recording();

}  // namespace irmae::distributed
