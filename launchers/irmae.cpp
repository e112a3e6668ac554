// SPDX-License-Identifier: MIT
// irmae: one program for users. Commands that read files run here; those that need LibTorch and MPI are handed, untouched,
// to irmae-train beside this program: it takes a quarter of a second to load, this one some milliseconds.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "framework/manifest/nearest.h"
#include "launchers/analysis_commands.h"
#include "launchers/exit_status.h"
#include "launchers/trainer_commands.h"
#include "storage/system/program_folder.h"

namespace irmae::launchers {

namespace {

bool is_forwarded(const char* word) {
  return std::any_of(std::begin(kTrainerCommands), std::end(kTrainerCommands),
                     [&](const TrainerCommand& command) { return std::strcmp(command.name, word) == 0; });
}

[[noreturn]] void start_trainer(char** arguments) {
  // Threads that wait for each other between two layers look around for some microseconds, and then sleep. libgomp's own
  // patience, a millisecond, makes a step many times as long where other programs want the cores too.
  if (!std::getenv("OMP_WAIT_POLICY")) setenv("GOMP_SPINCOUNT", "10000", /*overwrite=*/0);
  const std::filesystem::path trainer = storage::program_folder() / "irmae-train";
  execv(trainer.c_str(), arguments);
  throw Error(fmt::format("cannot start {}: {}; a build with IRMAE_TRAINER=OFF has only the analysis commands",
                          trainer.string(), std::strerror(errno)));
}

int main_of(int count, char** arguments) {
  if (count > 1 && is_forwarded(arguments[1])) start_trainer(arguments);

  CommandLine program{"Implicit rank-minimizing autoencoders: train them data-parallel, look at their spectra"};
  program.version(IRMAE_VERSION);
  for (const TrainerCommand& command : kTrainerCommands) {
    program.command(command.name, command.help);
    if (std::strcmp(command.name, "submit") == 0) add_status(program);
    if (std::strcmp(command.name, "evaluate") == 0) {
      add_table(program);
      add_plot(program);
      add_report(program);
    }
  }
  // After the commands, each of which would take it over.
  program.footer("irmae COMMAND --help explains each. Exit status: 0 good, 1 failed work, 2 wrong use, 75 stopped early.");

  const std::vector<std::string> names = program.commands();
  if (count > 1 && arguments[1][0] != '-' && std::find(names.begin(), names.end(), arguments[1]) == names.end())
    throw UsageError(fmt::format("'{}' is not a command{}; irmae --help lists them", arguments[1],
                                 manifest::did_you_mean(arguments[1], names)));
  return program.run(count, arguments);
}

}  // namespace

}  // namespace irmae::launchers

int main(int count, char** arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGCHLD, SIG_DFL);  // or, where who started this ignores it, nobody learns how squeue, sbatch or gnuplot ended
  return irmae::launchers::run_guarded([&] { return irmae::launchers::main_of(count, arguments); });
}
