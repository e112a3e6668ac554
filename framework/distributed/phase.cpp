// SPDX-License-Identifier: MIT
#include "framework/distributed/phase.h"

#include <fmt/format.h>

#include <mutex>

#include "storage/system/tell.h"

namespace irmae::distributed {

namespace {

std::mutex mutex;
std::string current = "start";

}  // namespace

void enter_phase(std::string phase) {
  const std::lock_guard lock(mutex);
  current = std::move(phase);
}

std::string current_phase() {
  const std::lock_guard lock(mutex);
  return current;
}

std::string place_of(int rank) { return fmt::format("rank {}, {}", rank, current_phase()); }

void tell_to_start_again(int rank, const std::string& why) {
  storage::tell("irmae: {}: {}; start the same command again: it goes on from the last checkpoint\n", place_of(rank), why);
}

}  // namespace irmae::distributed
