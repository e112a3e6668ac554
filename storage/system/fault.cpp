// SPDX-License-Identifier: MIT
#include "storage/system/fault.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "storage/error.h"
#include "storage/system/environment.h"

namespace irmae::storage::detail {

namespace {

struct Fault {
  std::string place, mode;
  int rank = 0;
  int count = 1;
};

/// What the variable asks of this process; nothing when it is meant for another rank.
std::optional<Fault> asked() {
  std::istringstream text(environment_variable("IRMAE_FAULT"));
  std::vector<std::string> parts;
  for (std::string part; std::getline(text, part, ':');) parts.push_back(part);
  if (parts.size() < 2) return std::nullopt;
  Fault fault{parts[0], parts[1]};
  if (parts.size() > 2) fault.rank = std::atoi(parts[2].c_str());
  if (parts.size() > 3) fault.count = std::atoi(parts[3].c_str());
  std::string rank = environment_variable("OMPI_COMM_WORLD_RANK");
  if (rank.empty()) rank = environment_variable("PMIX_RANK");
  if (std::atoi(rank.c_str()) != fault.rank) return std::nullopt;
  return fault;
}

const std::optional<Fault>& fault() {
  static const std::optional<Fault> wanted = asked();
  return wanted;
}

using Modes = std::map<std::string, void (*)()>;

Modes& further_modes() {
  static Modes modes;
  return modes;
}

}  // namespace

bool fault_armed() { return fault().has_value(); }

void fault_reached(std::string_view before, std::string_view after) {
  static const std::map<std::string, int> signals = {{"kill", SIGKILL}, {"hang", SIGSTOP}, {"term", SIGTERM},
                                                     {"int", SIGINT},   {"usr1", SIGUSR1}, {"hup", SIGHUP}};
  static std::atomic<int> passed = 0;
  const Fault& wanted = *fault();
  const std::string place = std::string(before) + std::string(after);
  if (place != wanted.place || ++passed != wanted.count) return;
  if (wanted.mode == "throw") throw Error("fault asked for by IRMAE_FAULT at " + place);
  if (const auto found = signals.find(wanted.mode); found != signals.end()) kill(getpid(), found->second);
  if (const auto found = further_modes().find(wanted.mode); found != further_modes().end()) found->second();
}

}  // namespace irmae::storage::detail

namespace irmae::storage {

FaultMode::FaultMode(const char* name, void (*act)()) { detail::further_modes().emplace(name, act); }

}  // namespace irmae::storage
