// SPDX-License-Identifier: MIT
#include "framework/distributed/stop_request.h"

#include <csignal>

namespace irmae::distributed {

namespace {

volatile std::sig_atomic_t requested = 0;

void on_signal(int signal) {
  if (signal == SIGINT && requested) {  // asked twice at the keyboard: do not wait for the step
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
  }
  requested = 1;
}

}  // namespace

void catch_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaction(signal, &action, nullptr);
}

bool stop_requested() { return requested != 0; }
void request_stop() { requested = 1; }

}  // namespace irmae::distributed
