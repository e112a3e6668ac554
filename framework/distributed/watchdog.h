// SPDX-License-Identifier: MIT
// The watchdog of one call: a rank that died or hangs shows as a call that does not end.
#pragma once

#include <chrono>
#include <string>

#include "framework/distributed/time_limit.h"

namespace irmae::distributed {

class Watchdog {
 public:
  /// A watchdog of a call that may take `limit` from now on. `what`: the call, for the message ("all-reduce of bucket 2 in step
  /// 713").
  Watchdog(int rank, std::string what, std::chrono::milliseconds limit);

  /// Looks at the time; to be called several times a second. Ends all ranks when the limit has passed.
  void look();

  /// Says that a stop that was asked for has been obeyed: from now on it is no news that a call waits after one.
  static void stop_is_obeyed();

 private:
  int rank_;
  std::string what_;
  std::chrono::milliseconds limit_;
  TimeLimit time_limit_;
};

/// Watches a call of this thread as long as it lives.
class Watched {
 public:
  Watched(int rank, std::string what, std::chrono::milliseconds limit)
      : watchdog_(rank, std::move(what), limit), polling_([this] { watchdog_.look(); }) {}

 private:
  Watchdog watchdog_;
  PollingThread polling_;
};

}  // namespace irmae::distributed
