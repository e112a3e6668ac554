// SPDX-License-Identifier: MIT
// What each command of irmae-train does. A static object in the command's file registers it.
#pragma once

#include <string>

#include "framework/registry.h"
#include "launchers/command_line.h"

namespace irmae::launchers {

struct TrainerBody {
  std::string name;              ///< one of kTrainerCommands
  void (*add)(Command command);  ///< adds its options, and what it does
};

using RegisterTrainerBody = Registry<TrainerBody>::Entry;

}  // namespace irmae::launchers
