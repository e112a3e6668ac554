// SPDX-License-Identifier: MIT
#include "framework/training/lost_device.h"

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>

#include <mutex>

#include "framework/distributed/mpi_communicator.h"
#include "framework/distributed/phase.h"
#include "storage/error.h"
#include "storage/text/first_line.h"

namespace irmae::training {

namespace {

/// Of a single call: memory that is not there (cudaErrorMemoryAllocation), or what cannot be recorded
/// (cudaErrorStreamCapture...).
bool is_refusal(const c10::AcceleratorError& error) {
  const int code = error.get_error_code();
  return code == 2 || (code >= 900 && code <= 908);
}

bool is_lost(torch::Device device, const std::exception& error) {
  if (device.is_cpu()) {
    const auto* const fault = dynamic_cast<const c10::AcceleratorError*>(&error);
    return fault && !is_refusal(*fault);
  }
  try {
    // Not waited for: before it may lie a collective, for which another rank waits, too.
    c10::Event event(device.type());
    event.record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
    event.query();
    return false;
  } catch (const c10::AcceleratorError& fault) {
    return !is_refusal(fault);
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

void end_if_lost(torch::Device device, const std::exception& error, int rank) {
  if (!is_lost(device, error)) return;
  static std::mutex first;  // and only one of the threads that hear of it
  first.lock();
  distributed::tell_to_start_again(rank, storage::first_line(error.what()));
  distributed::MpiSession::abort(kTryAgain);
}

}  // namespace irmae::training
