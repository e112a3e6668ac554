// SPDX-License-Identifier: MIT
// From exceptions to exit statuses: 0 good, 1 failed work, 2 wrong use, 75 stopped early, or another process has what is
// wanted.
#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <functional>
#include <sstream>
#include <system_error>

#include "storage/error.h"
#include "storage/system/tell.h"

namespace irmae::launchers {

inline int status_of(Failure kind) {
  switch (kind) {
    case Failure::use:
      return 2;
    case Failure::busy:
      return kTryAgain;
    case Failure::work:
      break;
  }
  return 1;
}

/// Prints each line of the message to standard error, behind "irmae: ".
inline void report(const std::string& message) {
  std::istringstream lines(message);
  for (std::string line; std::getline(lines, line);) storage::tell("irmae: {}\n", line);
}
inline void report(const std::exception& error) { report(message_of(error)); }

/// Writes out what is buffered for standard output: a full disk or a closed pipe shows only then. Throws std::system_error.
inline void flush_output() {
  // An earlier flush may have failed already: the stream remembers that, and errno mostly why.
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    throw std::system_error(errno != 0 ? errno : EIO, std::generic_category());
}

/// Runs a program's body and turns what it throws into one line a problem and an exit status.
inline int run_guarded(const std::function<int()>& body) {
  int status = 0;
  try {
    status = body();
    flush_output();
    return status;
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::broken_pipe) {
      // Who reads, such as head, has seen enough.
    } else if (std::ferror(stdout) != 0) {
      report(fmt::format("standard output cannot be written: {}; send it elsewhere", error.code().message()));
    } else {
      report(error);
    }
    return status != 0 ? status : 1;
  } catch (const std::exception& error) {
    report(error);
    return status_of(kind_of(error));
  }
}

}  // namespace irmae::launchers
