// SPDX-License-Identifier: MIT
#include "framework/distributed/stop_request.h"

#include <atomic>
#include <cerrno>
#include <csignal>

namespace irmae::distributed {

namespace {

/// Set by a signal on whichever thread, or by whoever asks, and read by all that train.
std::atomic<bool> requested = false, signalled = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler must not wait");

void on_signal(int signal) {
  const int reason = errno;             // of the call that the signal interrupted
  if (signal == SIGINT && requested) {  // asked twice at the keyboard: do not wait for the step
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
  }
  signalled = true;
  requested = true;
  errno = reason;
}

}  // namespace

void catch_stop_signals() {
  struct sigaction action = {}, hangup = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaction(signal, &action, nullptr);
  sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
}

bool stop_requested() { return requested; }
bool stop_signalled() { return signalled; }
void request_stop() { requested = true; }

}  // namespace irmae::distributed
