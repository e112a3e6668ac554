// SPDX-License-Identifier: MIT
// The commands of irmae itself. Each adds its options, and what it does.
#pragma once

#include "launchers/command_line.h"

namespace irmae::launchers {

void add_status(CommandLine& program);
void add_table(CommandLine& program);
void add_plot(CommandLine& program);
void add_report(CommandLine& program);

}  // namespace irmae::launchers
