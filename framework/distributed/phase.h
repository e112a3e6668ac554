// SPDX-License-Identifier: MIT
// What this rank does at the moment, in a few words, so that messages about failures can say where it was. Where it trains
// several cells at once, each in a thread of its own, a thread speaks of its own cell; watchdogs and others that train nothing
// speak of the newest phase of all.
#pragma once

#include <chrono>
#include <string>

namespace irmae::distributed {

/// Says what this thread does from now on: "set-up", "step 713", "evaluation" ... It stays when an exception leaves the phase:
/// that is its use.
void enter_phase(const std::string& phase);
/// The phase that this thread is in; for a thread that has entered none, the one that any other has entered last.
std::string current_phase();

/// While this lives, the phases that this thread enters name the cell: "cell NAME, step 713".
class PhasesOf {
 public:
  explicit PhasesOf(const std::string& name);
  ~PhasesOf();
  PhasesOf(const PhasesOf&) = delete;
};

/// The rank and this thread's phase for the start of a message: "rank 1, step 713".
std::string place_of(int rank);

/// Prints the last line of a process that ends here and can be started again: where it was, why, and that the same command
/// goes on from the last checkpoint.
void tell_to_start_again(int rank, const std::string& why);
/// Prints the last line of a process that ends because `what`, a call or an operation, has passed its time limit: as
/// tell_to_start_again(), with the parameter that sets the limit.
void tell_of_time_out(int rank, const std::string& what, std::chrono::milliseconds limit);

}  // namespace irmae::distributed
