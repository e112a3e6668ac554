// SPDX-License-Identifier: MIT
// From exceptions to exit statuses: 0 good, 1 failed work, 2 wrong use, 75 stopped early with a checkpoint.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <sstream>
#include <system_error>

#include "storage/error.h"

namespace irmae::launchers {

/// sysexits.h's EX_TEMPFAIL: start the same command again to go on.
inline constexpr int kStoppedEarly = 75;

/// Prints each line of the message behind "irmae: ".
inline void report(const std::string& message) {
  std::istringstream lines(message);
  for (std::string line; std::getline(lines, line);) fmt::print(stderr, "irmae: {}\n", line);
}
inline void report(const std::exception& error) { report(message_of(error)); }

/// Runs a program's body and turns what it throws into one line a problem and an exit status.
inline int run_guarded(const std::function<int()>& body) {
  int status = 1;
  try {
    status = body();
  } catch (const UsageError& error) {
    report(error);
    return 2;
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::broken_pipe) report(error);  // else who reads, such as head, has seen enough
    return 1;
  } catch (const std::exception& error) {
    report(error);
    return 1;
  }
  // A full disk or a closed pipe shows when buffered output is written out.
  if (std::fflush(stdout) != 0 && status == 0) return 1;
  return status;
}

}  // namespace irmae::launchers
