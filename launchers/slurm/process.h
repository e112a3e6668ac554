// SPDX-License-Identifier: MIT
// A program run to its end without a shell: its words are exactly those given.
#pragma once

#include <string>
#include <vector>

namespace irmae::slurm {

struct Finished {
  int status;          ///< exit status, or 128 + the signal that ended it
  std::string output;  ///< standard output
  std::string errors;  ///< standard error
};

/// Looks `words[0]` up in PATH; standard input is empty. UsageError when there is no such program, Error when it cannot
/// be started.
Finished run_program(const std::vector<std::string>& words);

}  // namespace irmae::slurm
