// SPDX-License-Identifier: MIT
#include "framework/distributed/phase.h"

#include <fmt/format.h>

#include <mutex>

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

}  // namespace irmae::distributed
