// SPDX-License-Identifier: MIT
// irmae-train: the commands that need LibTorch and MPI. Users call irmae, which starts this program.
#include <malloc.h>

#include <CLI/CLI.hpp>

#include "launchers/exit_status.h"
#include "launchers/trainer_commands.h"

namespace {

/// A training step asks for the same few megabytes again and again. By default the C library gives such pieces back to the
/// system, which hands them out anew page by page: a tenth of a step.
void keep_freed_memory() {
#ifdef M_MMAP_THRESHOLD
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}

}  // namespace

int main(int count, char** arguments) {
  keep_freed_memory();
  return irmae::launchers::run_guarded([&] {
    int status = 0;
    CLI::App program{"Trains autoencoders data-parallel (started by irmae)", "irmae"};
    program.require_subcommand(1);
    irmae::launchers::add_run(program, status);
    irmae::launchers::add_plan(program, status);
    irmae::launchers::add_submit(program, status);
    irmae::launchers::add_export(program, status);
    irmae::launchers::add_encode(program, status);
    irmae::launchers::add_decode(program, status);
    irmae::launchers::add_sample(program, status);
    irmae::launchers::add_doctor(program, status);
    irmae::launchers::add_data(program, status);
    try {
      program.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) return program.exit(error);
      throw irmae::UsageError(std::string(error.what()) + "; irmae COMMAND --help explains");
    }
    return status;
  });
}
