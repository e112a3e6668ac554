// SPDX-License-Identifier: MIT
// The commands of irmae-train: irmae lists them too, and hands them on.
#pragma once

namespace irmae::launchers {

struct TrainerCommand {
  const char* name;
  const char* help;
};

/// The commands of irmae-train in the order in which they are used, which irmae --help shows with its own commands among them.
/// What each does is registered in its own file: see trainer_body.h.
inline constexpr TrainerCommand kTrainerCommands[] = {
    {"data", "Show what a data set holds, and draw a contact sheet of it"},
    {"plan", "List the cells of a manifest and check every key and value; opens no data, runs nothing"},
    {"run", "Train the cells of a manifest, alone or under mpirun -n N irmae run ..."},
    {"submit", "Submit the cells of a manifest as Slurm job arrays, one task per cell"},
    {"evaluate", "Measure what complete cells lack of their evaluations; trains nothing"},
    {"export", "Write a trained model as safetensors and TorchScript, the linear layers folded in"},
    {"encode", "Compute the codes of images or arrays with a trained model"},
    {"decode", "Compute the images of codes with a trained model"},
    {"sample", "Draw new images from a trained model"},
    {"doctor", "Show what this machine has: libraries, GPUs, cores, a small all-reduce"},
};

}  // namespace irmae::launchers
