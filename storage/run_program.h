// SPDX-License-Identifier: MIT
// A program run to its end without a shell: its words are exactly those given.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "storage/error.h"

namespace irmae::storage {

struct Finished {
  int status = 0;        ///< exit status, or 128 + the signal that ended it
  bool in_time = true;   ///< otherwise it was killed
  std::string output{};  ///< standard output
  std::string errors{};  ///< standard error
};

class NoSuchProgram : public Error {
 public:
  using Error::Error;
};

/// Looks `words[0]` up in PATH; standard input is empty. After the time limit the program and what it has started are killed.
/// NoSuchProgram when it is not in PATH, Error when it cannot be started.
Finished run_program(const std::vector<std::string>& words, std::optional<std::chrono::milliseconds> limit = {});

}  // namespace irmae::storage
