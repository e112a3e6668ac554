// SPDX-License-Identifier: MIT
// What this rank does at the moment, in a few words, so that messages about failures can say where it was.
#pragma once

#include <string>

namespace irmae::distributed {

/// From now on: "set-up", "step 713", "evaluation" ... It stays when an exception leaves the phase: that is its use.
void enter_phase(std::string phase);
std::string current_phase();

/// "rank 1, step 713", for the start of a message.
std::string place_of(int rank);

/// The last line of a process that ends here and can be started again.
void tell_to_start_again(int rank, const std::string& why);

}  // namespace irmae::distributed
