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

void tell_last(int rank, const std::string& why, const char* addition) {
  storage::tell("irmae: {}: {}; start the same command again: it goes on from the last checkpoint{}\n", place_of(rank), why,
                addition);
}

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

void tell_to_start_again(int rank, const std::string& why) { tell_last(rank, why, ""); }

void tell_of_time_out(int rank, const std::string& what, std::chrono::milliseconds limit) {
  tell_last(rank, fmt::format("{} did not end within {} s: another rank is dead or hangs", what, limit.count() / 1000),
            " (limit: train.timeout_seconds)");
}

}  // namespace irmae::distributed
