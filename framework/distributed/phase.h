// SPDX-License-Identifier: MIT
// What this rank does at the moment, in a few words, so that messages about failures can say where it was. Where it trains
// several cells at once, each in a thread of its own, a thread speaks of its own cell; watchdogs and others that train nothing
// speak of the newest phase of all.
#pragma once

#include <string>

namespace irmae::distributed {

/// From now on: "set-up", "step 713", "evaluation" ... It stays when an exception leaves the phase: that is its use.
void enter_phase(const std::string& phase);
/// This thread's; of one that has entered none, that which another has entered last.
std::string current_phase();

/// While this lives, the phases that this thread enters name the cell: "cell NAME, step 713".
class PhasesOf {
 public:
  explicit PhasesOf(const std::string& name);
  ~PhasesOf();
  PhasesOf(const PhasesOf&) = delete;
};

/// "rank 1, step 713", for the start of a message.
std::string place_of(int rank);

/// The last line of a process that ends here and can be started again.
void tell_to_start_again(int rank, const std::string& why);

}  // namespace irmae::distributed
