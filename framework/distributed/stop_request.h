// SPDX-License-Identifier: MIT
// SIGTERM, SIGINT and SIGUSR1 ask for a stop at the next step boundary; the ranks agree on which one.
#pragma once

namespace irmae::distributed {

/// Installs the handlers. A SIGINT after that ends the process at once, whatever asked first.
void catch_stop_signals();

/// True once a signal came or request_stop was called.
bool stop_requested();
void request_stop();
/// True once a signal came to this rank.
bool stop_signalled();

}  // namespace irmae::distributed
