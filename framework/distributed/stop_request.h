// SPDX-License-Identifier: MIT
// SIGTERM, SIGINT, SIGUSR1 and SIGHUP (a terminal or a connection that is gone) ask for a stop at the next step boundary; the
// ranks agree on which one. A SIGHUP that is ignored from the start, as under nohup, stays so.
#pragma once

namespace irmae::distributed {

/// Makes SIGTERM, SIGINT, SIGUSR1 and SIGHUP ask for a stop. A SIGINT after that ends the process at once, whatever asked
/// first.
void catch_stop_signals();

/// True once a signal came or request_stop was called.
bool stop_requested();
void request_stop();
/// True once a signal came to this rank.
bool stop_signalled();

}  // namespace irmae::distributed
