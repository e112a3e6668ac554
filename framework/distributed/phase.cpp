// SPDX-License-Identifier: MIT
#include "framework/distributed/phase.h"

#include <fmt/format.h>

#include <mutex>

#include "storage/system/tell.h"

namespace irmae::distributed {

namespace {

std::mutex mutex;
std::string newest = "start";   ///< that any thread has entered
thread_local std::string own;   ///< empty: this thread has entered none
thread_local std::string cell;  ///< before each of this thread's: "cell NAME, "

}  // namespace

PhasesOf::PhasesOf(const std::string& name) { cell = fmt::format("cell {}, ", name); }
PhasesOf::~PhasesOf() { cell.clear(); }

void enter_phase(const std::string& phase) {
  own = cell + phase;
  const std::lock_guard lock(mutex);
  newest = own;
}

std::string current_phase() {
  if (!own.empty()) return own;
  const std::lock_guard lock(mutex);
  return newest;
}

std::string place_of(int rank) { return fmt::format("rank {}, {}", rank, current_phase()); }

void tell_to_start_again(int rank, const std::string& why) {
  storage::tell("irmae: {}: {}; start the same command again: it goes on from the last checkpoint\n", place_of(rank), why);
}

}  // namespace irmae::distributed
