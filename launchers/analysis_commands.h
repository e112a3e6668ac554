// SPDX-License-Identifier: MIT
// The commands of irmae itself. Each adds its options and sets `status` to the program's exit status when it runs.
#pragma once

#include <CLI/CLI.hpp>

namespace irmae::launchers {

void add_status(CLI::App& program, int& status);
void add_table(CLI::App& program, int& status);
void add_plot(CLI::App& program, int& status);
void add_report(CLI::App& program, int& status);

}  // namespace irmae::launchers
