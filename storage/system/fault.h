// SPDX-License-Identifier: MIT
// Faults at named places, so that tests can show what happens then. IRMAE_FAULT=PLACE:MODE[:RANK[:COUNT]] does MODE when
// RANK (0) comes to PLACE for the COUNTth time (1). Without it a place costs one comparison.
//   modes   kill (SIGKILL), hang (SIGSTOP), term, int, usr1, hup (that signal), throw (an Error); in a program that trains
//           out-of-memory and lost-device (what LibTorch throws where a device has no memory left, or does nothing any more)
//   places  preparation of the grid, opening of the request server, own device (a rank's choice of one for a cell), question
//           (of a team to rank 0), wait for the others (of a rank without work), set-up, step, all-reduce, an all-reduce's own
//           name ("all-reduce of bucket 0 in step 5"), evaluation, look at complete cells (rank 0's, at the end); write-NAME
//           (half of the file NAME is written) and rename-NAME (all of it, under its temporary name) with NAME checkpoint,
//           metrics or run; read-state
#pragma once

#include <string_view>

namespace irmae::storage {

namespace detail {
bool fault_armed();
void fault_reached(std::string_view before, std::string_view after);
}  // namespace detail

/// An object of this type at namespace scope adds a mode of failure, for failures that need libraries which this folder does
/// not use.
struct FaultMode {
  FaultMode(const char* name, void (*act)());
};

/// Names the place `before` + `after`, where the fault happens that is asked for there. Throws Error in mode throw, and what
/// other modes throw.
inline void fault_point(std::string_view before, std::string_view after = {}) {
  static const bool armed = detail::fault_armed();
  if (armed) [[unlikely]]
    detail::fault_reached(before, after);
}

}  // namespace irmae::storage
