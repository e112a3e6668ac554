// SPDX-License-Identifier: MIT
#pragma once

namespace irmae::distributed {

/// Thrown on every rank by work that leaves because a signal asked for it: what is worked on is stopped, not failed.
class StoppedEarly {};

}  // namespace irmae::distributed
