// SPDX-License-Identifier: MIT
// A program run to its end without a shell: its words are exactly those given.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/error.h"

namespace irmae::storage {

/// What a program left when it ended.
struct Finished {
  int status = 0;        ///< exit status, or 128 + the signal that ended it
  bool in_time = true;   ///< otherwise it was killed
  std::string output{};  ///< standard output
  std::string errors{};  ///< standard error
};

/// What a program is given of what this one has.
struct Inherited {
  /// Whether it is started without this variable of the environment. Empty: with all of them.
  std::function<bool(std::string_view name)> leave_out{};
  bool standard_error = false;  ///< it writes to this program's own, and nothing of it is kept in Finished
};

/// What a program that failed complains of, in one line: the first of its errors, or "exit status 1".
std::string complaint_of(const Finished& finished);

/// A program that is not in PATH.
class NoSuchProgram : public Error {
 public:
  using Error::Error;
};

/// Runs the program `words[0]`, which is looked up in PATH, with the other words; standard input is empty. After the time limit
/// the program and what it has started are killed. Throws NoSuchProgram when it is not in PATH, Error when it cannot be
/// started.
Finished run_program(const std::vector<std::string>& words, std::optional<std::chrono::milliseconds> limit = {},
                     const Inherited& inherited = {});

}  // namespace irmae::storage
