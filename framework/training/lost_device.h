// SPDX-License-Identifier: MIT
// A fault of a device itself: whatever a process asks of it from then on fails, giving memory back as well, which ends the
// process without a word. All cells of the process are hit.
#pragma once

#include <torch/types.h>

#include <exception>

namespace irmae::training {

/// `error`: by which work on the device failed. Ends the process, with one line and the status for starting again (kTryAgain),
/// where the device does nothing any more. Returns where it goes on to work, as when it has no memory left, or refuses to
/// record something. On a CPU, which is never lost, only a c10::AcceleratorError is taken for such a fault.
void end_if_lost(torch::Device device, const std::exception& error, int rank);

}  // namespace irmae::training
