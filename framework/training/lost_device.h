// SPDX-License-Identifier: MIT
// A fault of a device itself: whatever a process asks of it from then on fails, giving memory back as well, which ends the
// process without a word. All cells of the process are hit.
#pragma once

#include <torch/types.h>

#include <exception>

namespace irmae::training {

/// Ends the process, with one line and the status for starting again (kTryAgain), where the device does nothing any more.
/// `error`: what work on the device threw. Returns where the device goes on to work, as when it has no memory left,
/// refuses to record something, or is another process's alone. On a CPU, which is never lost, only a c10::AcceleratorError is
/// taken for such a fault.
void end_if_lost(torch::Device device, const std::exception& error, int rank);

/// Does `work`; what it throws goes on to the caller once end_if_lost has seen it. To be called while there still is what lies
/// on the device: a constructor calls it itself, as its members are gone before its caller hears of the error.
template <class Work>
decltype(auto) end_where_lost(torch::Device device, int rank, const Work& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    end_if_lost(device, error, rank);
    throw;
  }
}

}  // namespace irmae::training
