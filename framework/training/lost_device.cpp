// SPDX-License-Identifier: MIT
#include "framework/training/lost_device.h"

#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <iterator>
#include <mutex>

#include "framework/distributed/mpi_communicator.h"
#include "framework/distributed/phase.h"
#include "storage/error.h"
#include "storage/text/first_line.h"

namespace irmae::training {

namespace {

/// CUDA's numbers of the errors after which a process can do nothing more with a device: those of which the runtime's
/// documentation says that every call returns them from then on, and that the process must be started again, an uncorrectable
/// error of memory (214) or of NVLink (220), and one that the driver does not know (999). All others are of a single call:
/// memory that is not there, what cannot be recorded, a device that another process has to itself.
constexpr int kLost[] = {214, 220, 226, 700, 702, 710, 714, 715, 716, 717, 718, 719, 721, 810, 911, 999};

bool is_fatal(const c10::AcceleratorError& error) {
  return std::find(std::begin(kLost), std::end(kLost), error.get_error_code()) != std::end(kLost);
}

bool is_lost(torch::Device device, const std::exception& error) {
  if (device.is_cpu()) {
    const auto* const fault = dynamic_cast<const c10::AcceleratorError*>(&error);
    return fault && is_fatal(*fault);
  }
  try {
    // Not waited for: before it may lie a collective, for which another rank waits, too.
    c10::Event event(device.type());
    event.record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
    event.query();
    return false;
  } catch (const c10::AcceleratorError& fault) {
    return is_fatal(fault);
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
