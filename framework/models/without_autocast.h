// SPDX-License-Identifier: MIT
// Arithmetic as precise as its operands in the midst of autocast.
#pragma once

#include <c10/core/DispatchKeySet.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

namespace irmae::models {

/// While it lives, operations of this thread compute in the types of their operands: bfloat16 is for the products of layers.
/// Some losses autocast forbids altogether.
class WithoutAutocast {
  c10::impl::ExcludeDispatchKeyGuard guard_{c10::autocast_dispatch_keyset};
};

}  // namespace irmae::models
