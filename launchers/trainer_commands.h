// SPDX-License-Identifier: MIT
// The commands of irmae-train. Each adds its options, and what it does. irmae lists them too, and hands them on.
#pragma once

#include <array>

#include "launchers/command_line.h"

namespace irmae::launchers {

struct TrainerCommand {
  const char* name;
  const char* help;
};

inline constexpr TrainerCommand kRun{"run", "Train the cells of a manifest, alone or under mpirun -n N irmae run ..."};
inline constexpr TrainerCommand kPlan{"plan",
                                      "Every cell of a manifest; checks every key and value, opens no data, runs nothing"};
inline constexpr TrainerCommand kSubmit{"submit", "The cells of a manifest as Slurm job arrays, one task a cell"};
inline constexpr TrainerCommand kEvaluate{"evaluate",
                                          "Measure what complete cells lack of their evaluations; nothing is trained"};
inline constexpr TrainerCommand kData{"data", "What a data set holds, and a contact sheet of it"};
inline constexpr TrainerCommand kExport{"export",
                                        "A trained model as safetensors and TorchScript, the linear layers folded in"};
inline constexpr TrainerCommand kEncode{"encode", "Codes of images or arrays by a trained model"};
inline constexpr TrainerCommand kDecode{"decode", "Images of codes by a trained model"};
inline constexpr TrainerCommand kSample{"sample", "New images by a trained model"};
inline constexpr TrainerCommand kDoctor{"doctor", "What this machine has: libraries, GPUs, cores, a small all-reduce"};

/// In the order in which irmae --help shows them.
inline constexpr std::array kTrainerCommands{kRun,    kPlan,   kSubmit, kEvaluate, kData,
                                             kExport, kEncode, kDecode, kSample,   kDoctor};

void add_run(CommandLine& program);
void add_evaluate(CommandLine& program);
void add_export(CommandLine& program);
void add_encode(CommandLine& program);
void add_decode(CommandLine& program);
void add_sample(CommandLine& program);
void add_plan(CommandLine& program);
void add_submit(CommandLine& program);
void add_doctor(CommandLine& program);
void add_data(CommandLine& program);

}  // namespace irmae::launchers
