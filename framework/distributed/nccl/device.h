// SPDX-License-Identifier: MIT
// What a CUDA device is and which one this is.
#pragma once

#include <string>

namespace irmae::distributed {

/// Host name and PCI bus id, padded to a fixed width: the same for two ranks only when they share one GPU.
std::string device_identity(int device);

}  // namespace irmae::distributed
