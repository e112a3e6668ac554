// SPDX-License-Identifier: MIT
// The commands of irmae-train: irmae lists them too, and hands them on.
#pragma once

namespace irmae::launchers {

struct TrainerCommand {
  const char* name;
  const char* help;
};

/// The commands of irmae-train, in the order in which irmae --help shows them. What each does is registered in its own file:
/// see trainer_body.h.
inline constexpr TrainerCommand kTrainerCommands[] = {
    {"run", "Train the cells of a manifest, alone or under mpirun -n N irmae run ..."},
    {"plan", "Every cell of a manifest; checks every key and value, opens no data, runs nothing"},
    {"submit", "The cells of a manifest as Slurm job arrays, one task a cell"},
    {"evaluate", "Measure what complete cells lack of their evaluations; nothing is trained"},
    {"data", "What a data set holds, and a contact sheet of it"},
    {"export", "A trained model as safetensors and TorchScript, the linear layers folded in"},
    {"encode", "Codes of images or arrays by a trained model"},
    {"decode", "Images of codes by a trained model"},
    {"sample", "New images by a trained model"},
    {"doctor", "What this machine has: libraries, GPUs, cores, a small all-reduce"},
};

}  // namespace irmae::launchers
