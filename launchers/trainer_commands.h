// SPDX-License-Identifier: MIT
// The commands of irmae-train. Each adds its options and sets `status` to the program's exit status when it runs.
#pragma once

#include <CLI/CLI.hpp>

namespace irmae::launchers {

void add_run(CLI::App& program, int& status);
void add_export(CLI::App& program, int& status);
void add_encode(CLI::App& program, int& status);
void add_decode(CLI::App& program, int& status);
void add_sample(CLI::App& program, int& status);
void add_plan(CLI::App& program, int& status);
void add_submit(CLI::App& program, int& status);
void add_doctor(CLI::App& program, int& status);
void add_data(CLI::App& program, int& status);

}  // namespace irmae::launchers
