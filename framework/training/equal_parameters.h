// SPDX-License-Identifier: MIT
// Training rests on it that all ranks hold the same parameters: gradients are summed, parameters never sent.
#pragma once

#include <string>

#include "framework/distributed/communicator.h"
#include "framework/distributed/reducer.h"

namespace irmae::training {

/// Throws SharedError, on every rank, where a rank's parameters are not rank 0's to the last bit: it names the parameter and
/// the rank. `when` ends the sentence: "at the start". Collective.
void check_equal_parameters(const distributed::Reducer& reducer, distributed::Communicator& communicator,
                            const std::string& when);

}  // namespace irmae::training
