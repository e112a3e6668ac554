// SPDX-License-Identifier: MIT
// NCCL for device memory, bootstrapped through the communicator of the host, which keeps the host's tensors.
#pragma once

#include <chrono>
#include <memory>

#include "framework/distributed/communicator.h"

namespace irmae::distributed {

std::unique_ptr<Communicator> make_nccl(Communicator& host, int device, std::chrono::seconds limit);

}  // namespace irmae::distributed
