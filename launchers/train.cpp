// SPDX-License-Identifier: MIT
// irmae-train: the commands that need LibTorch and MPI. Users call irmae, which starts this program.
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "launchers/exit_status.h"
#include "launchers/trainer_body.h"
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

/// LibTorch would go through its thousands of operators once more to take them apart, 0.08 s of a core, which nobody needs.
/// Everything of irmae's has ended before.
[[noreturn]] void end_with(int status) {
  std::fflush(nullptr);
#ifdef IRMAE_SANITIZED
  std::exit(status);  // what they found is said at the end
#else
  std::_Exit(status);
#endif
}

const irmae::launchers::TrainerBody& body_of(const std::string& name) {
  const auto& bodies = irmae::Registry<irmae::launchers::TrainerBody>::all();
  const auto found = std::ranges::find(bodies, name, &irmae::launchers::TrainerBody::name);
  if (found == bodies.end()) throw std::logic_error("command " + name + " is listed but not registered");
  return *found;
}

}  // namespace

int main(int count, char** arguments) {
  keep_freed_memory();
  const int status = irmae::launchers::run_guarded([&] {
    irmae::launchers::CommandLine program{"Trains autoencoders data-parallel (started by irmae)"};
    for (const irmae::launchers::TrainerCommand& command : irmae::launchers::kTrainerCommands)
      body_of(command.name).add(program.command(command.name, command.help));
    return program.run(count, arguments);
  });
  end_with(status);
}
