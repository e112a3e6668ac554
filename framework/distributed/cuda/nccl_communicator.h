// SPDX-License-Identifier: MIT
// NCCL for device memory, bootstrapped through the communicator of the host, which keeps the host's tensors.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "framework/distributed/communicator.h"

namespace irmae::distributed {

/// "2.28.9"
std::string nccl_version();

/// A communicator for tensors on `device`, and through `host`, which must outlive the result, for those of the host. An
/// operation that does not end within `limit` ends the process: a rank that is gone cannot be told from a slow one otherwise.
/// Throws SharedError where two ranks have the same GPU, and Error where NCCL does not start. Collective.
std::unique_ptr<Communicator> make_nccl(Communicator& host, int device, std::chrono::seconds limit);

}  // namespace irmae::distributed
