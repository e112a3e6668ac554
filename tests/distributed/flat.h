// SPDX-License-Identifier: MIT
// Parameters that belong to no cell's model, in the flat buffer that a reducer wants.
#pragma once

#include <memory>

#include "framework/distributed/reducer/flat_parameters.h"

namespace irmae::tests {

inline std::shared_ptr<const distributed::FlatParameters> flat(const distributed::FlatParameters::Named& parameters,
                                                               distributed::BucketCaps caps = {}) {
  return std::make_shared<const distributed::FlatParameters>(parameters, caps);
}

}  // namespace irmae::tests
