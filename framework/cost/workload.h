// SPDX-License-Identifier: MIT
#pragma once

#include "framework/cost/layers.h"
#include "framework/scaling/step_model.h"

namespace irmae::cost {

/// What a step of this cell computes and sends, with the buckets that the reducer would make of its parameters: each is
/// ready when backward, which goes through the layers from the last to the first, has passed the layer of its last one.
scaling::Workload workload_of(const manifest::Cell& cell, const Layers& layers);

}  // namespace irmae::cost
