// SPDX-License-Identifier: MIT
// The commands of irmae-train. Each adds its options, and what it does.
#pragma once

#include "launchers/command_line.h"

namespace irmae::launchers {

void add_run(CommandLine& program);
void add_export(CommandLine& program);
void add_encode(CommandLine& program);
void add_decode(CommandLine& program);
void add_sample(CommandLine& program);
void add_plan(CommandLine& program);
void add_submit(CommandLine& program);
void add_doctor(CommandLine& program);
void add_data(CommandLine& program);

}  // namespace irmae::launchers
