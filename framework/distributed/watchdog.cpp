// SPDX-License-Identifier: MIT
#include "framework/distributed/watchdog.h"

#include <atomic>

#include "framework/distributed/mpi_communicator.h"
#include "framework/distributed/phase.h"
#include "framework/distributed/stop_request.h"
#include "storage/error.h"
#include "storage/system/tell.h"

namespace irmae::distributed {

namespace {

std::atomic<bool> told_of_stop = false;  ///< once: over a slow link every collective of an orderly stop waits long

}  // namespace

Watchdog::Watchdog(int rank, std::string what, std::chrono::milliseconds limit)
    : rank_(rank), what_(std::move(what)), limit_(limit), time_limit_(limit) {}

void Watchdog::look() {
  if (stop_requested() && !told_of_stop.exchange(true)) {
    storage::tell(
        "irmae: {}: told to stop while it waits for {}; if another rank has died, start the same command again: "
        "it goes on from the last checkpoint\n",
        place_of(rank_), what_);
  }
  if (time_limit_.lasts()) return;
  tell_of_time_out(rank_, what_, limit_);
  // A thread is inside MPI and cannot be joined: there is no orderly way out.
  MpiSession::abort(kTryAgain);
}

void Watchdog::stop_is_obeyed() { told_of_stop = true; }

}  // namespace irmae::distributed
