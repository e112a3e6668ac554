// SPDX-License-Identifier: MIT
// Training rests on it that all ranks hold the same parameters: gradients are summed, parameters never sent.
#pragma once

#include <string>

#include "framework/distributed/communicator.h"
#include "framework/distributed/reducer/flat_parameters.h"

namespace irmae::training {

/// Checks that all ranks have one plan. Throws SharedError, on every rank, where a rank's parameters have other names or sizes
/// than rank 0's, or lie elsewhere in their buffer. Collective.
void check_equal_plans(const distributed::BucketPlan& plan, distributed::Communicator& communicator);

/// Checks that all ranks have the same parameters. Throws SharedError, on every rank, where a rank's are not rank 0's to the
/// last bit: it names the parameter and the rank. `when` ends the sentence: "at the start". Collective.
void check_equal_parameters(const distributed::FlatParameters& parameters, distributed::Communicator& communicator,
                            const std::string& when);

}  // namespace irmae::training
